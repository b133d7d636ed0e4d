/**
 * Reads the state of a node without being an owner, and carries out the acts of operators. The
 * front is {@link dev.lastly.internal.audit.Audit}.
 */
@NullMarked
package dev.lastly.internal.audit;

import org.jspecify.annotations.NullMarked;
