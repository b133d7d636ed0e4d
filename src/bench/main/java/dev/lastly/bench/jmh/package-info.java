/** Experiments within one process, measured with JMH. */
@NullMarked
package dev.lastly.bench.jmh;

import org.jspecify.annotations.NullMarked;
