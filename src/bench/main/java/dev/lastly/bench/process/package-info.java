/** What crosses processes, measured from outside with JVMs that are really started and killed. */
@NullMarked
package dev.lastly.bench.process;

import org.jspecify.annotations.NullMarked;
