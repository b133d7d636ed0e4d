/** Tests of the events in recordings. */
@NullMarked
package dev.lastly.internal.jfr;

import org.jspecify.annotations.NullMarked;
