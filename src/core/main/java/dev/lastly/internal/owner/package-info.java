/**
 * Determines which owners live: kernel locks, the process table, the verdict. The front is {@link
 * dev.lastly.internal.owner.Owners}.
 *
 * <h2>The lock byte</h2>
 *
 * <p>Owner <i>n</i> locks byte <i>n</i> of the lock file before its row is committed, and keeps it
 * until it ends. The kernel frees the byte when the process dies, for whatever reason, and the lock
 * works across containers that share the directory. There are no heartbeats: a process that is
 * stopped or paused still holds its byte.
 *
 * <p>{@code docs/ownership.md} has the facts about POSIX locks. Because of them {@code LockFile}
 * opens the file once per JVM and never closes it, and {@code Anchor} keeps the channel open beyond
 * the life of a class loader.
 *
 * <h2>The second witness</h2>
 *
 * <p>Foreign code in an owner's process can lose the lock by closing a descriptor. So before a free
 * byte counts as a death, a process table is asked for a process with the same pid and start time.
 * It may only contradict a death: it cannot tell for processes of another boot or pid namespace, or
 * if {@code /proc} hides processes. {@code Verdicts} is the table from all {@code Witnesses} to one
 * verdict; whatever is not certain is {@code UNKNOWN}, and never reaped.
 *
 * <h2>Cost</h2>
 *
 * <p>One read of {@code /proc/locks} ({@code ProcLocks}) proves for most owners that they live.
 * Only the others are probed. It never proves a death, because it omits holders outside of this pid
 * namespace.
 */
@NullMarked
package dev.lastly.internal.owner;

import org.jspecify.annotations.NullMarked;
