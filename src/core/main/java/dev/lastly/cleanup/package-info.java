/**
 * Built-in functions to defer: delete, empty or restore a file, delete a tree, give up a lock file,
 * end a process with its descendants, run a command, end containers, unmount, execute SQL, delete
 * what an HTTP server has. Each is idempotent (a thing that no longer exists is success), stops
 * when its thread is interrupted, and takes arguments that Lastly can store as JSON.
 *
 * <p>Each checks its arguments when it is deferred ({@link dev.lastly.model.Precondition}). It
 * throws {@code IllegalArgumentException} for a call that no process could carry out, and {@link
 * dev.lastly.model.UnresolvableFunctionException} for a call that only this process cannot carry
 * out, or whose result it cannot see; another process then tries. None reports success because it
 * sees no process or file where one may be hidden.
 */
@NullMarked
package dev.lastly.cleanup;

import org.jspecify.annotations.NullMarked;
