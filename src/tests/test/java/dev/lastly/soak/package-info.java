/** Soak: steady load and kills for a long time, and whether anything grows meanwhile. */
@NullMarked
package dev.lastly.soak;

import org.jspecify.annotations.NullMarked;
