package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.text.Text;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One owner at work: opens jobs, reaps, closes. Each method of the facade is one of these.
 *
 * <p>Promised: see {@code docs/guarantees.md}. Thread-safe.
 */
public final class Engine implements AutoCloseable {
  private final Membership me;
  private final Codec codec;
  private final Runner runner;
  private final Reaper reaper;
  private final Background background;
  private final Closing closing;
  private final Job.OpenJobs openJobs = new Job.OpenJobs();
  private final Supplier<Engine> again;
  private @Nullable Engine successor; // guarded by this

  private Engine(Membership me, Codec codec, Supplier<Engine> again) {
    this.me = me;
    this.codec = codec;
    this.again = again;
    Settings settings = me.settings();
    TimeLimit limit = new TimeLimit(settings.functionTimeout());
    Unresolvable unresolvable = new Unresolvable(me, codec, limit);
    Invoker invoker = new Invoker(codec, settings.retry(), limit, unresolvable::backoff);
    this.runner = new Runner(me, invoker, unresolvable);
    this.reaper = new Reaper(me, unresolvable, runner);
    this.background = new Background(me, reaper);
    this.closing = new Closing(me, openJobs, background, reaper, runner);
  }

  /** An open job. */
  public interface JobSession {
    /** The job's id; empty until something has been registered. */
    Optional<JobId> id();

    /**
     * Registers a function; durable when it returns.
     *
     * @return the function's id
     * @throws IllegalStateException if the job has ended
     * @throws FunctionRefusedException if it could not be run later
     * @throws StoreException if it could not be stored
     */
    FunctionId defer(EncodedCall call);

    /** Withdraws a function; durable when it returns true. False if it has already started. */
    boolean cancel(FunctionId function);

    /** The state of a function; empty if it has been pruned. */
    Optional<FunctionState> state(FunctionId function);

    /** Runs the job's functions, then orphans. Does nothing if that has been begun before. */
    void close();
  }

  /**
   * Begins the work of an owner that has joined. If that fails, nothing of it is left: no thread
   * and no shutdown hook.
   *
   * @param opening what has been opened so far; undone by its owner if this fails
   * @param again opens another engine, which goes on when the JVM's shutdown has ended this one
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
   * Runs the orphans that there are, then opens a job.
   *
   * @throws IllegalStateException if this engine is closed
   */
  public JobSession openJob(String name) {
    Text.checked("job name", name, Settings.MAX_LABEL_LENGTH);
    closing.requireOpen();
    Job job = new Job(me, codec, runner, reaper, name, openJobs);
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
   * The engine that goes on when the JVM's shutdown has ended this owner: other shutdown hooks may
   * still wait for work that opens jobs, as Spring Boot's waits for requests in flight.
   */
  private synchronized Engine successor() {
    closing.requireOpen();
    Engine made = successor;
    if (made == null) {
      made = again.get();
      successor = made;
    }
    return made;
  }

  /**
   * Runs the orphans and due retries that there are, in this thread.
   *
   * @return how many functions were run
   * @throws IllegalStateException if this engine is closed
   */
  public int reap() {
    closing.requireOpen();
    return reaper.reap();
  }

  /**
   * Ends an owner without evidence, because a person knows that it is dead, and reaps it.
   *
   * @throws IllegalArgumentException if there is no such owner, or the reason is empty or too long
   * @throws IllegalStateException if this engine is closed, or the owner is known to live
   */
  public int reapByForce(OwnerId owner, String reason) {
    closing.requireOpen();
    me.liveness().force(owner, reason);
    return reaper.reap();
  }

  /**
   * Removes what has long been finished, in this thread.
   *
   * @return how many functions were removed; more may be left if it took long
   * @throws IllegalStateException if this engine is closed
   */
  public int prune() {
    closing.requireOpen();
    return background.prune();
  }

  /** Ends open jobs, reaps once more, ends the owner. What is unfinished becomes orphaned. */
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

  /**
   * Gives every connection back and writes nothing: to others this owner is as it was, and dead as
   * soon as its lock byte is free. For the test kit, whose processes do not really end.
   */
  public void abandon() {
    me.store().close();
  }
}
