/** The guardian: real processes, which are really killed. */
@NullMarked
package dev.lastly.guardian;

import org.jspecify.annotations.NullMarked;
