/**
 * The guardian: a process that outlives the workers of a state directory and runs what they leave.
 * The front is {@link dev.lastly.internal.guardian.GuardianPost}, which a manager has; {@code
 * GuardianProcess} is the main class of the guardian.
 *
 * <h2>At most one</h2>
 *
 * <p>A guardian holds the lock byte {@code GUARDIAN} of the lock file as long as it watches. A
 * second one finds the byte held and ends. So that many managers that open at once do not start a
 * JVM each, a manager holds the byte {@code GUARDIAN_START} from before it starts one until that
 * holds its byte, or has ended; the others look again a moment later.
 *
 * <h2>Never none</h2>
 *
 * <p>A manager first registers as an owner, and then looks at the byte {@code GUARDIAN}. A guardian
 * that wants to end first frees its byte, and then looks for owners again. Whatever the order of
 * the two looks, one of them sees the other process: the guardian takes its byte again and stays,
 * or the manager starts another guardian. Each process does its two steps one after the other, and
 * the kernel orders the locks, so both cannot miss each other.
 *
 * <p>While a manager that wants a guardian is open, it looks at the byte once a second, and starts
 * another if a guardian was killed.
 *
 * <h2>When it ends</h2>
 *
 * <p>The guardian is an owner itself, and does what every idle manager does: it looks for deaths
 * fifty times a second, claims and runs orphans. Beside that it looks whether any other owner's
 * byte is held. If none is, it reaps, and then counts what is left. It ends if nothing is, or after
 * a while if all that is left are functions that it cannot run. {@code GuardianNews} has the
 * reason.
 */
@NullMarked
package dev.lastly.internal.guardian;

import org.jspecify.annotations.NullMarked;
