/**
 * Jobs, attempts, reaping: what happens when. Its front is {@link
 * dev.lastly.internal.engine.Engine}.
 *
 * <p>A {@code Job} registers functions; its end has the {@code Runner} run them, in a {@code Pass}.
 * The {@code Reaper} has each {@code Estate}, which is what a dead owner has left, run by a {@code
 * Pass} too, unless they are {@code Unresolvable} here. In both, the {@code Recorder} has the store
 * begin attempts and keep outcomes, the {@code Invoker} runs one attempt under a {@code TimeLimit},
 * and {@code InHand} says which thread is at which job. {@code Background} does by itself what jobs
 * do at their boundaries; {@code Closing} ends all of this in order.
 */
@NullMarked
package dev.lastly.internal.engine;

import org.jspecify.annotations.NullMarked;
