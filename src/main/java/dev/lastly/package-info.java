/**
 * Lastly: a {@code finally} block that survives {@code kill -9}. Deferred functions are kept in one
 * SQLite file and run when their job ends, by another worker if need be.
 */
@NullMarked
package dev.lastly;

import org.jspecify.annotations.NullMarked;
