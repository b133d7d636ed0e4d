/** Experiments with several processes, measured from outside, with real JVMs and real kills. */
@NullMarked
package dev.lastly.bench.process;

import org.jspecify.annotations.NullMarked;
