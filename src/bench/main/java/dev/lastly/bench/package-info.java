/** The benchmark suite, run by {@code make bench}; nothing here is a test. */
@NullMarked
package dev.lastly.bench;

import org.jspecify.annotations.NullMarked;
