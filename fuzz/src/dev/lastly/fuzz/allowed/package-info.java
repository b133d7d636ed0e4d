/** Classes that the policy of the target {@code references} allows. */
@NullMarked
package dev.lastly.fuzz.allowed;

import org.jspecify.annotations.NullMarked;
