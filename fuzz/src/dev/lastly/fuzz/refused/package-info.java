/** Classes that the policy of the target {@code references} does not allow, but for one method. */
@NullMarked
package dev.lastly.fuzz.refused;

import org.jspecify.annotations.NullMarked;
