/** The benchmark suite, which {@code make bench} runs. It has no tests. */
@NullMarked
package dev.lastly.bench;

import org.jspecify.annotations.NullMarked;
