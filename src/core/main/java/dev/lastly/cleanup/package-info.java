/**
 * Built-in actions to defer: delete a file or a tree, end a process with its descendants, run a
 * command. Each is idempotent ("already gone" is success), stops when its thread is interrupted,
 * and takes arguments that JSON can hold.
 *
 * <p>Each says what it refuses before it is deferred ({@link dev.lastly.model.Precondition}). What
 * no process could do is an {@code IllegalArgumentException}; what only this process cannot do, or
 * cannot see, is an {@link dev.lastly.model.UnresolvableFunctionException}, and another process
 * tries. None says that it is done because it sees nothing where something may be hidden.
 */
@NullMarked
package dev.lastly.cleanup;

import org.jspecify.annotations.NullMarked;
