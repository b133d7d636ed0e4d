/** Lastly in real processes that are really killed. */
@NullMarked
package dev.lastly.process;

import org.jspecify.annotations.NullMarked;
