/**
 * The public API. {@link dev.lastly.DeferredFunctionManager} opens jobs and reaps; {@link
 * dev.lastly.JobContext} defers functions; {@link dev.lastly.Inspector} reads the state of a node,
 * and {@link dev.lastly.Operator} changes it on behalf of a person.
 */
@NullMarked
package dev.lastly;

import org.jspecify.annotations.NullMarked;
