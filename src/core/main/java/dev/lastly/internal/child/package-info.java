/** Starts programs whose end is registered before they begin. */
@NullMarked
package dev.lastly.internal.child;

import org.jspecify.annotations.NullMarked;
