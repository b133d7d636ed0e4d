package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Listeners;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.text.Text;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerMeter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One owner at work: it opens jobs, reaps and closes. Each method of the facade calls one method of
 * this class.
 *
 * <p>{@code docs/guarantees.md} has the promises. Thread-safe.
 */
public final class Engine implements AutoCloseable {
  private final Membership me;
  private final Codec codec;
  private final Runner runner;
  private final Listeners listeners;
  private final Carried carried;
  private final Reaper reaper;
  private final Background background;
  private final Closing closing;
  private final Job.OpenJobs openJobs = new Job.OpenJobs();
  private final Supplier<Engine> again;
  private @Nullable Engine successor; // guarded by this
  private final List<WorkerMeter> meters = new CopyOnWriteArrayList<>(); // added to under this

  private Engine(Membership me, Codec codec, Supplier<Engine> again) {
    this.me = me;
    this.codec = codec;
    this.again = again;
    Settings settings = me.settings();
    TimeLimit limit = new TimeLimit(settings.functionTimeout());
    Unresolvable unresolvable = new Unresolvable(me, codec, limit);
    this.carried = new Carried(settings.carriers());
    Invoker invoker =
        new Invoker(
            Invoker.Contexts.of(me.store()),
            carried,
            codec,
            settings.retry(),
            limit,
            unresolvable::backoff);
    this.listeners = Listeners.of(settings);
    this.runner = new Runner(me, invoker, unresolvable, listeners);
    this.reaper = new Reaper(me, unresolvable, runner, listeners);
    this.background = new Background(me, reaper);
    this.closing = new Closing(me, openJobs, background, reaper, runner);
  }

  /** An open job. Thread-safe. */
  public interface JobSession {
    /** The job's id; empty until the first registration. */
    Optional<JobId> id();

    /**
     * Registers a function. The registration is durable when this returns.
     *
     * @param options how to run it, where that differs from the settings
     * @param first whether it runs before the other functions of the job
     * @return the function's id
     * @throws IllegalStateException if the job has ended
     * @throws FunctionRefusedException if no process could run the function later
     * @throws StoreException if the store could not commit the row
     */
    FunctionId defer(EncodedCall call, FunctionOptions options, boolean first);

    /** Registers a function without options, in the order of the job. */
    default FunctionId defer(EncodedCall call) {
      return defer(call, FunctionOptions.defaults(), false);
    }

    /**
     * Cancels a function. Returns true if it is cancelled, by this call or an earlier one; that is
     * durable then. Returns false if the function has started.
     */
    boolean cancel(FunctionId function);

    /**
     * Records that the job has succeeded, and cancels functions of it, all in one commit.
     * Idempotent.
     *
     * @throws IllegalStateException if the job has ended, or one of them has started or belongs to
     *     another owner; nothing has changed then
     */
    void commit(List<FunctionId> functions);

    /**
     * Runs a function of this job that waits, in the calling thread, now.
     *
     * @return whether it is done, by this call or an earlier one
     * @throws CleanUpFailedException if it failed; it waits for its next attempt, or is quarantined
     * @throws IllegalStateException if the job has ended
     */
    boolean runNow(FunctionId function);

    /**
     * Ends the job here, and hands what has not begun over to another owner, which has it as an
     * open job from then on.
     *
     * @return the job there; empty if nothing was registered
     * @throws IllegalArgumentException if no open owner has that id, or it is this one; the job is
     *     still open
     * @throws IllegalStateException if the job has ended, or has too many functions
     */
    Optional<JobId> handOver(OwnerId to);

    /** The state of a function; empty if it has been pruned. */
    Optional<FunctionState> state(FunctionId function);

    /**
     * From now on nothing can be registered. False if that was so before. For a job in two stores,
     * whose functions {@link #runTo} runs in turns.
     */
    boolean shut();

    /**
     * Runs the functions from the first in the job's order to this one. Only after {@link #shut}.
     */
    void runTo(FunctionId last);

    /**
     * Checks that the calling thread may end the job.
     *
     * @throws IllegalStateException if it is inside a function that {@link #runNow} runs
     */
    void requireEndable();

    /**
     * Ends the job: runs its functions, then orphans. Does nothing if the job's end has begun.
     *
     * @throws IllegalStateException as {@link #requireEndable}; the job is still open
     */
    void close();
  }

  /**
   * Starts the work of an owner that has joined. If that fails, it leaves no thread and no shutdown
   * hook behind.
   *
   * @param opening the steps so far; the caller undoes them if this fails
   * @param again opens another engine, which continues when the JVM's shutdown has ended this one
   */
  public static Engine start(Opening opening, Membership me, Supplier<Engine> again) {
    Engine engine = new Engine(me, Codec.create(me.settings()), again);
    opening.step("shutdown hook", engine.closing::hook, engine.closing::unhook);
    opening.step("background", engine.background::start, engine::stopBackground);
    return engine;
  }

  private void stopBackground() {
    boolean unused = background.stop(Patience.WITHOUT_END);
  }

  /** The id of this owner. */
  public OwnerId ownerId() {
    return me.self();
  }

  /**
   * Runs the orphans, then opens a job. Writes nothing for the job until its first registration.
   *
   * @throws IllegalStateException if this engine is closed
   */
  public JobSession openJob(String name) {
    Text.checked("job name", name, Settings.MAX_LABEL_LENGTH);
    closing.requireOpen();
    Job job = new Job(me, codec, runner, reaper, listeners, carried, name, openJobs);
    if (!openJobs.add(job)) {
      return successor().openJob(name);
    }
    boolean opened = false;
    try {
      reaper.reapBeforeJob();
      closing.requireOpen();
      opened = true;
      return job;
    } finally {
      if (!opened) {
        openJobs.remove(job);
      }
    }
  }

  /**
   * The engine that continues when the JVM's shutdown has ended this owner. Other shutdown hooks
   * may still wait for work that opens jobs, as Spring Boot's hook waits for requests in flight.
   */
  private synchronized Engine successor() {
    closing.requireOpen();
    Engine made = successor;
    if (made == null) {
      made = again.get();
      meters.forEach(made::measure);
      successor = made;
    }
    return made;
  }

  /**
   * Runs the orphans and the retries that are due, in the calling thread.
   *
   * @return how many functions were run
   * @throws IllegalStateException if this engine is closed
   */
  public int reap() {
    closing.requireOpen();
    int count = reaper.reap();
    if (count == 0) {
      closing.requireOpen(); // it may have been closed before the reap began
    }
    return count;
  }

  /**
   * Records an owner as dead without evidence, because an operator knows it, and reaps it.
   *
   * @throws IllegalArgumentException if no open owner has this id, or the reason is empty or too
   *     long
   * @throws IllegalStateException if this engine is closed, or the owner's verdict is {@code ALIVE}
   */
  public int reapByForce(OwnerId owner, String reason) {
    closing.requireOpen();
    me.liveness().force(owner, reason);
    return reaper.reap();
  }

  /** From now on this meter is told what this owner does, and the one that continues after it. */
  public synchronized void measure(WorkerMeter meter) {
    meters.add(meter);
    me.store().measure(listeners.add(meter));
    if (successor != null) {
      successor.measure(meter);
    }
  }

  /**
   * Removes functions whose retention has passed, in the calling thread.
   *
   * @return how many functions were removed; more may be left, because one call is limited in time
   * @throws IllegalStateException if this engine is closed
   */
  public int prune() {
    closing.requireOpen();
    return background.prune();
  }

  /**
   * Waits until no job is open and no function runs, as the JVM's shutdown does; no job can be
   * opened then.
   *
   * @return whether it is so; if not, open jobs go on, and this owner ends with its process
   */
  public boolean shutDown(OnShutdown how) {
    return closing.shutDown(how);
  }

  /**
   * Ends the open jobs, reaps once more and ends the owner. Its unfinished functions become
   * orphans.
   */
  @Override
  public void close() {
    end(closing::close);
  }

  /** Like {@link #close}, and compacts the database before its last connection closes. */
  public void closeAndCompact() {
    end(closing::closeAndCompact);
  }

  private void end(Runnable ending) {
    try {
      ending.run();
    } finally {
      closeSuccessor();
    }
  }

  private synchronized void closeSuccessor() {
    Engine made = successor;
    if (made != null) {
      made.close();
    }
  }

  /** The manager begins to close: see {@link WorkerMeter#closing}. */
  public void tellMetersOfClose() {
    listeners.closing();
  }

  /** Whether others have ended this owner, although its process lives. It begins nothing more. */
  public boolean isLost() {
    return me.liveness().isLost();
  }

  /** Whether no job is open. */
  public boolean isIdle() {
    return openJobs.all().isEmpty();
  }

  /**
   * Closes every connection and writes nothing. Other processes see this owner as a dead one once
   * its lock byte is free. For the test kit, whose simulated processes do not really end.
   */
  public void abandon() {
    me.store().close();
  }
}
