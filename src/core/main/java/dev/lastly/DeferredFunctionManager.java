package dev.lastly;

import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.engine.LateEngine;
import dev.lastly.internal.guardian.GuardianPost;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.spi.SharedStore;
import dev.lastly.model.FleetStore;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import dev.lastly.model.WorkerMeter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One worker of a node: registers deferred functions, runs them when their job ends, and runs the
 * orphans of dead workers.
 *
 * <p>Promised: when {@code defer} has returned, the function survives the death of this process
 * and, by default, of the machine. It runs at least once; no other process runs it while its owner
 * lives; and it is never dropped.
 *
 * <p>Not promised: that a function runs exactly once (a process can die between a function's last
 * effect and the commit of its outcome, so functions must be idempotent); an order between jobs;
 * any run on a node where no process uses Lastly any more.
 *
 * <p>Open one per worker process. Thread-safe. While it is open, no code in this JVM may open
 * {@code owners.lock} or the database's files by Java I/O: closing such a descriptor drops the
 * kernel's locks of the whole process, fcntl_locking(2).
 */
public final class DeferredFunctionManager implements AutoCloseable {
  /** The name of the directory, below the base, that holds the database. */
  public static final String STATE_DIR_STEM = "deferred";

  private final Path stateDirBase;
  private final Engine engine;
  private final GuardianPost guardian;
  private final Settings settings;
  private final @Nullable LateEngine fleet;
  private final Set<FleetJob> fleetJobs = ConcurrentHashMap.newKeySet(); // those that are open

  /** Without a guardian and a fleet. */
  @SuppressWarnings("UnusedMethod") // the test kit calls it, by reflection
  private DeferredFunctionManager(Path stateDirBase, Engine engine) {
    this(stateDirBase, engine, GuardianPost.none(), Settings.defaults(), null);
  }

  private DeferredFunctionManager(
      Path stateDirBase,
      Engine engine,
      GuardianPost guardian,
      Settings settings,
      @Nullable LateEngine fleet) {
    this.stateDirBase = stateDirBase;
    this.engine = engine;
    this.guardian = guardian;
    this.settings = settings;
    this.fleet = fleet;
  }

  /**
   * Opens a manager with default settings, see {@link Settings}.
   *
   * @param stateDirBase a directory on a local file system, shared by the workers of this node;
   *     this creates {@code deferred} in it with mode 0700
   * @return an open manager; its owner's row is committed and its lock byte is held
   * @throws StateDirectoryException if the directory cannot be created, lies on a file system that
   *     is not known to be local, or is open to others
   * @throws StoreException if the database cannot be used: damaged, of a newer version, no space;
   *     or if the class path lacks something that Lastly needs, or has another version of it
   */
  public static DeferredFunctionManager open(Path stateDirBase) {
    return open(stateDirBase, Settings.defaults());
  }

  /**
   * Opens a manager with the given settings.
   *
   * @param stateDirBase a directory on a local file system, shared by the workers of this node
   * @param settings how this manager behaves
   * @return an open manager; its owner's row is committed and its lock byte is held
   * @throws IllegalArgumentException if an alias or a class of named functions in the settings is
   *     wrong, see {@link Settings.Builder#alias} and {@link Settings.Builder#namedFunctions}; or
   *     if they want a guardian, and no other JVM could have the classes of this manager
   * @throws StateDirectoryException if the directory cannot be created, lies on a file system that
   *     is not known to be local, or is open to others and the policy is not an allow-list
   * @throws StoreException if the database cannot be used: damaged, of a newer version, no space;
   *     or if the class path lacks something that Lastly needs, or has another version of it
   */
  public static DeferredFunctionManager open(Path stateDirBase, Settings settings) {
    return ClassPath.opening(
        () -> {
          GuardianPost guardian = GuardianPost.of(stateDirBase, STATE_DIR_STEM, settings);
          Node.prepare();
          LateEngine fleet = fleet(stateDirBase, settings);
          Engine node = Node.open(stateDirBase, STATE_DIR_STEM, settings, Node.Seams.real());
          guardian.begin(node.ownerId());
          if (fleet != null) {
            fleet.start();
          }
          return new DeferredFunctionManager(stateDirBase, node, guardian, settings, fleet);
        });
  }

  private static @Nullable LateEngine fleet(Path stateDirBase, Settings settings) {
    FleetStore store = settings.fleet();
    if (store == null) {
      return null;
    }
    if (!(store instanceof SharedStore shared) || settings.reapInterval().isZero()) {
      throw new IllegalArgumentException(
          store instanceof SharedStore
              ? "a manager with a fleet renews its node's lease in the background, so reapInterval"
                  + " must be more than zero"
              : "Settings.fleet takes what Fleet.open of lastly-fleet returns; got " + store);
    }
    return new LateEngine(store.place(), () -> join(shared, stateDirBase, settings));
  }

  private static Engine join(SharedStore fleet, Path stateDirBase, Settings settings) {
    try (Opening opening = new Opening()) {
      LocalOwner local =
          opening.step(
              "owner of the node",
              () -> Node.openForFleet(stateDirBase, STATE_DIR_STEM, settings, Node.Seams.real()),
              owner -> owner.leave("closed"));
      Membership me = fleet.join(opening, local, settings);
      return opening.complete(Engine.start(opening, me, () -> join(fleet, stateDirBase, settings)));
    }
  }

  /**
   * The last round on a node: runs every due orphan and compacts the database. It may run beside
   * other workers. Does nothing if there is no state directory. Leaves retries that are not due
   * yet.
   *
   * <p>This deletes neither the database nor the directory. If it did, a process that has the
   * database open would still write into the deleted file; and the last process to close that file
   * would remove a write-ahead log by name, which may then belong to a new database. You may remove
   * the directory when no process uses it any more, for example by {@code rm -r}.
   *
   * @param stateDirBase the base with which the workers opened their managers
   * @throws StateDirectoryException if the directory lies on a file system that is not accepted, or
   *     other users can write it
   * @throws StoreException if the database cannot be used
   */
  public static void cleanupWorker(Path stateDirBase) {
    cleanupWorker(
        stateDirBase,
        Settings.builder().reapInterval(Duration.ZERO).label("cleanupWorker").build());
  }

  /**
   * Like {@link #cleanupWorker(Path)}, with the given settings.
   *
   * @param stateDirBase the base with which the workers opened their managers
   * @param settings how the last round behaves
   * @throws StateDirectoryException if the directory lies on a file system that is not accepted, or
   *     other users can write it and the policy is not an allow-list
   * @throws StoreException if the database cannot be used
   */
  public static void cleanupWorker(Path stateDirBase, Settings settings) {
    if (!Files.isDirectory(stateDirBase.resolve(STATE_DIR_STEM))) {
      return;
    }
    Engine engine =
        ClassPath.opening(
            () -> Node.open(stateDirBase, STATE_DIR_STEM, settings, Node.Seams.real()));
    engine.closeAndCompact();
  }

  /**
   * Opens a job without a name, see {@link #openJob(String)}.
   *
   * @return an open job
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used
   */
  public JobContext openJob() {
    return openJob("");
  }

  /**
   * Runs the orphans, then opens a job. Waits up to 10 s for orphans that another thread of this
   * manager is running, and not for orphans that another worker has claimed. The first {@code
   * defer} writes the job's row: a job that defers nothing writes nothing.
   *
   * @param name a name for people, at most {@link Settings#MAX_LABEL_LENGTH} characters
   * @return an open job
   * @throws IllegalArgumentException if the name is too long or has control characters
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used
   */
  public JobContext openJob(String name) {
    Engine.JobSession session = engine.openJob(name);
    if (fleet == null) {
      return new JobContext(session, null);
    }
    FleetJob part = new FleetJob(fleet, session, name, settings.order(), fleetJobs::remove);
    fleetJobs.add(part);
    return new JobContext(session, part);
  }

  /**
   * Runs the orphans, and this owner's due retries, in the calling thread.
   *
   * @return how many functions it ran, whether they succeeded or not
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used
   */
  public int reap() {
    return engine.reap();
  }

  /**
   * Records an owner as dead whose verdict is {@code UNKNOWN}, on the word of an operator, and runs
   * its orphans. {@code operator_action} keeps the operator's name and reason. If the owner still
   * lives, its functions may run beside it, and no outcome of its own is recorded any more.
   *
   * @param ownerId the owner, as in the column {@code owner.id}
   * @param reason why it is known to be dead, at most {@link Settings#MAX_LABEL_LENGTH} characters
   * @return how many functions it ran
   * @throws IllegalArgumentException if no open owner has that id, or the reason is blank or too
   *     long
   * @throws IllegalStateException if the evidence shows that the owner lives, or this manager is
   *     closed
   * @throws StoreException if the database cannot be used
   */
  public int reapByForce(long ownerId, String reason) {
    return engine.reapByForce(new OwnerId(ownerId), reason);
  }

  /**
   * Removes finished functions, oldest first: those that were done, cancelled or discarded longer
   * ago than {@link Settings#finishedRetention}, and the oldest beyond {@link
   * Settings#finishedLimit}. The attempts of a removed function are removed with it, and so is an
   * ended job with its last function, a claim with its last job, and an owner that ended as long
   * ago with the last row that refers to it. Unfinished and quarantined functions are never
   * removed.
   *
   * <p>One worker of the node does this in the background about once a minute, unless its {@code
   * reapInterval} is zero. This call does it now, in the calling thread, in transactions of at most
   * 256 functions each. It stops when no such function is left, after about 10 s, or when another
   * thread closes the manager: call it again until it returns 0. The removals survive the death of
   * the process; a power cut may undo the last ones.
   *
   * @return how many functions were removed
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used; earlier transactions of this call stay
   *     committed
   */
  public int prune() {
    return engine.prune();
  }

  /**
   * The id of this manager's row: the column {@code owner.id}.
   *
   * @return an id that is never reused
   */
  public long ownerId() {
    return engine.ownerId().row();
  }

  /**
   * Opens an inspector of this manager's state directory, for the same process and with the same
   * settings. The caller closes it, best before this manager.
   *
   * @return an open inspector
   * @throws StateDirectoryException if the directory is no longer there
   * @throws StoreException if the database cannot be read
   */
  public Inspector inspect() {
    return Inspector.open(stateDirBase, settings);
  }

  /**
   * Has a meter told what this manager does from now on, until it is closed. For metrics; code that
   * reacts to what happens is a {@linkplain Settings.Builder#listener listener}.
   *
   * @param meter thread-safe
   */
  public void measure(WorkerMeter meter) {
    Objects.requireNonNull(meter, "meter");
    engine.measure(meter);
    if (fleet != null) {
      fleet.measure(meter);
    }
  }

  /**
   * Closes this manager as an orderly shutdown of the JVM would, for a container that has a
   * shutdown of its own. Open such a manager with {@link OnShutdown#NOTHING}, so that it has no
   * shutdown hook. From this call on, the manager begins no function in the background.
   *
   * @param how {@link OnShutdown#WAIT}: waits up to {@link Settings#shutdownGrace} until the jobs'
   *     own threads have closed them; {@link OnShutdown#INTERRUPT}: interrupts them first; {@link
   *     OnShutdown#CLOSE_NOW}: as {@link #close}; {@link OnShutdown#NOTHING}: does not wait
   * @return whether it is closed. If not, jobs are still open: their threads can go on to use and
   *     close them, and the next process runs what they leave when this one has ended
   * @throws IllegalStateException if called from a deferred function that this manager runs
   * @throws StoreException if the end could not be recorded; call again, or let the process end
   */
  public boolean shutDown(OnShutdown how) {
    boolean shut = engine.shutDown(Objects.requireNonNull(how, "how"));
    if (shut) {
      close();
    }
    return shut;
  }

  /**
   * Ends the open jobs, reaps once more, and ends the owner. Its unfinished functions become
   * orphans, which other processes run. Waits for functions that other threads are running.
   * Idempotent. Also works during the JVM's shutdown, and then ends the wait for open jobs; see
   * {@link dev.lastly.model.OnShutdown}.
   *
   * @throws IllegalStateException if called from a deferred function that this manager runs
   * @throws StoreException if the end could not be recorded; call again, or let the process end
   */
  @Override
  public void close() {
    Opening.EachOf ends = new Opening.EachOf();
    engine.tellMetersOfClose();
    fleetJobs.forEach(job -> ends.run(job::runInTurns));
    if (fleet != null) {
      ends.run(fleet::close);
    }
    ends.run(engine::close);
    ends.run(guardian::close);
    ends.end();
  }
}
