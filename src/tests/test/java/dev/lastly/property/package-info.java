/** Properties of the whole: random histories of owners that work, die and are reaped. */
@NullMarked
package dev.lastly.property;

import org.jspecify.annotations.NullMarked;
