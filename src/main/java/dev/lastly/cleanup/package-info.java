/**
 * Built-in actions to defer: delete a file or a tree, end a process with its descendants, run a
 * command. Each is idempotent ("already gone" is success), stops when its thread is interrupted,
 * and takes arguments that JSON can hold. Depends on nothing but the JDK.
 */
@NullMarked
package dev.lastly.cleanup;

import org.jspecify.annotations.NullMarked;
