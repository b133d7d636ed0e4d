/**
 * The facade: {@link dev.lastly.DeferredFunctionManager} opens jobs, {@link dev.lastly.JobContext}
 * defers functions.
 */
@NullMarked
package dev.lastly;

import org.jspecify.annotations.NullMarked;
