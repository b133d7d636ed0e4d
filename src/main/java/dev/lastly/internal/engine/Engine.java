package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Opening;
import dev.lastly.internal.store.Store;
import dev.lastly.model.EncodedCall;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import dev.lastly.model.Text;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One owner at work: opens jobs, reaps, closes. Each method of the facade is one of these.
 *
 * <p>Promised: see {@code docs/guarantees.md}. Thread-safe.
 */
public final class Engine implements AutoCloseable {
  private static final Log log = Log.of(Engine.class);

  /** How often a person may delete or replace the directory while this process opens it. */
  private static final int MAX_TRIES = 20;

  private final Membership me;
  private final Codec codec;
  private final Runner runner;
  private final Reaper reaper;
  private final Pruner pruner;
  private final Background background;
  private final Closing closing;
  private final Shutdown shutdown;
  private final OpenJobs openJobs = new OpenJobs();
  private final Supplier<Engine> again;
  private @Nullable Engine successor; // guarded by this

  private Engine(Membership me, Codec codec, Supplier<Engine> again) {
    this.me = me;
    this.codec = codec;
    this.again = again;
    Settings settings = me.settings();
    TimeLimit limit = new TimeLimit(settings.functionTimeout());
    Unresolvable unresolvable = new Unresolvable(me, codec, limit);
    Invoker invoker =
        new Invoker(codec, settings.retry(), limit, me.seams().clock(), unresolvable::backoff);
    this.runner = new Runner(me, invoker, unresolvable);
    Lookout lookout = new Lookout(me);
    this.reaper = new Reaper(me, unresolvable, runner, lookout);
    this.pruner = new Pruner(me);
    this.background = new Background(me, lookout, reaper, pruner);
    this.closing = new Closing(me, openJobs, background, reaper, runner);
    this.shutdown = new Shutdown(me, openJobs, background, runner.inHand(), closing);
  }

  /**
   * Where fakes may stand in tests.
   *
   * @param owners opens the lock file and looks at the process table
   * @param clock wall-clock time, for what is written and for when a retry is due
   * @param source stands between the pools and SQLite
   * @param opening is told of each step of the opening, see {@link Opening}; fails it by throwing
   */
  public record Seams(
      Function<Path, Owners> owners,
      InstantSource clock,
      UnaryOperator<DataSource> source,
      Consumer<String> opening) {
    /** With an opening that nobody observes. */
    public Seams(
        Function<Path, Owners> owners, InstantSource clock, UnaryOperator<DataSource> source) {
      this(owners, clock, source, event -> {});
    }

    /** The real ones. */
    public static Seams real() {
      return new Seams(Owners::open, InstantSource.system(), UnaryOperator.identity());
    }
  }

  /** An open job. */
  public interface JobSession {
    /** The job's row; empty until something has been registered. */
    OptionalLong id();

    /**
     * Registers a function; durable when it returns.
     *
     * @return the function's id
     * @throws IllegalStateException if the job has ended
     * @throws FunctionRefusedException if it could not be run later
     * @throws StoreException if it could not be stored
     */
    long defer(EncodedCall call);

    /** Withdraws a function; durable when it returns true. False if it has already started. */
    boolean cancel(long functionId);

    /** The state of a function; empty if it has been pruned. */
    Optional<FunctionState> state(long functionId);

    /** Runs the job's functions, then orphans. Does nothing if that has been begun before. */
    void close();
  }

  /** Says that an engine is about to be opened: what that needs is loaded meanwhile. */
  public static void prepare() {
    Store.prepare();
  }

  /**
   * Joins the owners of a state directory. If that fails, whatever was thrown, nothing is left
   * open: no owner, lock byte, connection, thread or shutdown hook.
   *
   * @throws StateDirectoryException if the directory will not do
   * @throws StoreException if the database cannot be used
   */
  public static Engine open(Path stateDirBase, String stem, Settings settings, Seams seams) {
    Codec codec = Codec.create(settings);
    Supplier<Engine> again = () -> open(stateDirBase, stem, settings, seams);
    for (int i = 1; ; i++) {
      try (Opening opening = new Opening(seams.opening())) {
        Membership me = Membership.join(opening, stateDirBase, stem, settings, seams);
        Engine engine = new Engine(me, codec, again);
        opening.step("shutdown hook", engine.shutdown::register, engine.shutdown::forget);
        opening.step("background", engine.background::start, engine::stopBackground);
        return opening.complete(engine);
      } catch (Membership.ReplacedException e) {
        if (i == MAX_TRIES) {
          throw e.asFinal(stateDirBase.resolve(stem), MAX_TRIES);
        }
        log.debug("{} was replaced while it was being opened; once more", stateDirBase, e);
      }
    }
  }

  private void stopBackground() {
    boolean unused = background.stop(Patience.WITHOUT_END);
  }

  /** The id of this owner, and the number of its lock byte. */
  public long ownerId() {
    return me.ownerId();
  }

  /**
   * Runs the orphans that there are, then opens a job.
   *
   * @throws IllegalStateException if this engine is closed
   */
  public JobSession openJob(String name) {
    Text.checked("job name", name, Settings.MAX_LABEL_LENGTH);
    closing.requireOpen();
    Job job = new Job(me, codec, runner, reaper, name, openJobs::remove);
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
   * Who goes on when the JVM's shutdown has ended this owner: other shutdown hooks may still wait
   * for work that opens jobs, as Spring Boot's waits for requests in flight.
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
   * Ends an owner that nobody can tell of, because a person knows that it is dead, and reaps it.
   *
   * @throws IllegalArgumentException if there is no such owner, or the reason is empty or too long
   * @throws IllegalStateException if this engine is closed, or the owner is known to live
   */
  public int reapByForce(long ownerId, String reason) {
    closing.requireOpen();
    new Force(me).end(ownerId, reason);
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
    return pruner.prune();
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
      if (closing.isFinished()) { // else the hook tries again
        shutdown.forget();
      }
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
