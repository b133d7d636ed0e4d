/**
 * Jobs, attempts and reaping: what runs when. The front is {@link
 * dev.lastly.internal.engine.Engine}. The engine knows no SQL and no kernel lock: it asks its store
 * through {@code internal.spi}.
 *
 * <h2>The end of a job</h2>
 *
 * <p>A {@code Job} registers functions. Its end makes the {@code Runner} read them page by page, in
 * order, and run them in a {@code Pass}. One step of a pass is one transaction: it records the
 * outcomes of the functions that have just run and begins the next attempts. User code runs between
 * two steps, never inside a transaction. The begin is committed before the function runs, so that a
 * function that kills its process is counted; the outcome shares the commit of the next begin, so
 * that <i>k</i> functions cost <i>k</i> + 1 commits. Short functions share even that ({@code
 * Pass.BatchSize}), within a bound on how many functions a crash can repeat.
 *
 * <p>If the store fails between two functions, the {@code Recorder} keeps the outcomes and the
 * {@code Runner} remembers the job. If the store cannot be written at all, functions begin without
 * a record ({@code Unrecorded}). The next round records what was kept.
 *
 * <h2>Reaping</h2>
 *
 * <p>The {@code Reaper} asks for the owners that have ended and works on the {@code Estate} of
 * each: its orphans, page by page. {@code Unresolvable} first finds out which of them this process
 * cannot run; it must not claim those, because another process may be able to. The rest go through
 * a {@code Pass}, whose begin is also the claim. What the reaper has claimed and not begun when it
 * dies is an ordinary orphan again. Of one job, one process at a time runs functions, which keeps
 * the order within the job.
 *
 * <p>Jobs reap before they open and after they end. {@code Background} reaps in between, runs due
 * retries and prunes.
 *
 * <h2>One attempt</h2>
 *
 * <p>The {@code Invoker} runs one attempt under a {@code TimeLimit} and turns everything that the
 * user's code returns or throws into texts. {@code InHand} records which thread runs which job, so
 * that no two threads run the same one and {@code Closing} knows what to wait for. {@code Closing}
 * ends it all in order: jobs, functions under way, the owner's row, its lock byte, the store.
 */
@NullMarked
package dev.lastly.internal.engine;

import org.jspecify.annotations.NullMarked;
