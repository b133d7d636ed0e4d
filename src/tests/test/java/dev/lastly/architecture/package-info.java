/** The house rules that a machine can hold. */
@NullMarked
package dev.lastly.architecture;

import org.jspecify.annotations.NullMarked;
