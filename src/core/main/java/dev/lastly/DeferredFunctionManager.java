package dev.lastly;

import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One worker's membership in a node: registers deferred functions, runs them when their job ends,
 * and runs those of workers that have died.
 *
 * <p>Promised: a function whose {@code defer} has returned survives the death of this process, and
 * by default of the machine; it runs at least once, never while its owner lives, and is never
 * dropped. A dead owner's functions are claimed in one transaction, which is the commit point of
 * their change of owner.
 *
 * <p>Not promised: exactly once (a process can die between a function's last effect and the commit
 * that says so, so functions must be idempotent), an order between jobs, or anything on a node
 * where nothing runs any more.
 *
 * <p>Open one per worker process. Thread-safe. While it is open, nothing in this JVM may open
 * {@code owners.lock} or the database's files with Java I/O: closing such a descriptor drops the
 * kernel's locks of the whole process, fcntl_locking(2).
 */
public final class DeferredFunctionManager implements AutoCloseable {
  /** The name of the directory, below the base, that holds the database. */
  public static final String STATE_DIR_STEM = "deferred";

  private final Engine engine;

  private DeferredFunctionManager(Engine engine) {
    this.engine = engine;
  }

  /**
   * Opens with every default, see {@link Settings}.
   *
   * @param stateDirBase a directory on a local file system, shared by the workers of this node;
   *     {@code deferred} is created in it with mode 0700
   * @return an open manager; its owner is visible to others and holds its lock
   * @throws StateDirectoryException if the directory cannot be created, lies on a file system that
   *     is not known to be local, or is open to others
   * @throws StoreException if the database cannot be used: damaged, of a newer version, no space;
   *     or if the class path lacks something that Lastly needs, or has another version of it
   */
  public static DeferredFunctionManager open(Path stateDirBase) {
    return open(stateDirBase, Settings.defaults());
  }

  /**
   * Opens with settings.
   *
   * @param stateDirBase a directory on a local file system, shared by the workers of this node
   * @param settings how this manager behaves
   * @return an open manager; its owner is visible to others and holds its lock
   * @throws StateDirectoryException if the directory cannot be created, lies on a file system that
   *     is not known to be local, or is open to others and the policy is not an allow-list
   * @throws StoreException if the database cannot be used: damaged, of a newer version, no space;
   *     or if the class path lacks something that Lastly needs, or has another version of it
   */
  public static DeferredFunctionManager open(Path stateDirBase, Settings settings) {
    return ClassPath.opening(
        () -> {
          Node.prepare();
          return new DeferredFunctionManager(
              Node.open(stateDirBase, STATE_DIR_STEM, settings, Node.Seams.real()));
        });
  }

  /**
   * The last round on a node: runs every orphan and compacts the database. It may run beside any
   * other worker. Does nothing if there is no state directory. A retry that is not due yet is left.
   *
   * <p>Nothing is deleted, neither the database nor the directory: a process that has the database
   * open would go on to write into a file that is gone, and the last one to close it removes the
   * write-ahead log by name, whose it may be by then. The directory may be removed when no process
   * uses it any more, as by {@code rm -r} before a machine is given back.
   *
   * @param stateDirBase what the workers opened their managers with
   * @throws StateDirectoryException if the directory will not do
   * @throws StoreException if the database cannot be used
   */
  public static void cleanupWorker(Path stateDirBase) {
    cleanupWorker(
        stateDirBase,
        Settings.builder().reapInterval(Duration.ZERO).label("cleanupWorker").build());
  }

  /**
   * The same, with settings.
   *
   * @param stateDirBase what the workers opened their managers with
   * @param settings how the last round behaves
   * @throws StateDirectoryException if the directory will not do
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
   * Opens a job without a name.
   *
   * @return an open job
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used
   */
  public JobContext openJob() {
    return openJob("");
  }

  /**
   * Runs the orphans that there are, then opens a job. Orphans that another thread of this manager
   * is running already are waited for, up to 10 s; those that another worker has claimed are not.
   * The job is written with its first {@code defer}: one that defers nothing writes nothing.
   *
   * @param name a text for people, at most {@link Settings#MAX_LABEL_LENGTH} characters
   * @return an open job
   * @throws IllegalArgumentException if the name is too long or has control characters
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used
   */
  public JobContext openJob(String name) {
    return new JobContext(engine.openJob(name));
  }

  /**
   * Runs the orphans, and this owner's retries that are due, in the calling thread.
   *
   * @return how many functions were run, whether they succeeded or not
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used
   */
  public int reap() {
    return engine.reap();
  }

  /**
   * Ends an owner of which nobody can tell whether it lives, because a person knows that it is
   * dead, and runs what it left. Who said so, and why, is kept in {@code operator_action}. If the
   * owner lives after all, its functions may run beside it; nothing that it runs is recorded any
   * more.
   *
   * @param ownerId the owner, as in the column {@code owner.id}
   * @param reason why it is known to be dead, at most {@link Settings#MAX_LABEL_LENGTH} characters
   * @return how many functions were run
   * @throws IllegalArgumentException if no open owner has that id, or the reason is blank or too
   *     long
   * @throws IllegalStateException if the evidence says that the owner lives, or this manager is
   *     closed
   * @throws StoreException if the database cannot be used
   */
  public int reapByForce(long ownerId, String reason) {
    return engine.reapByForce(new OwnerId(ownerId), reason);
  }

  /**
   * Removes finished functions, oldest first: those that were done, cancelled or discarded longer
   * ago than {@link Settings#finishedRetention}, and the oldest beyond {@link
   * Settings#finishedLimit}. With a function go its attempts; with the last function of an ended
   * job the job, and the claims of such jobs only; and owners that ended as long ago and that
   * nothing refers to any more. Unfinished and quarantined functions are never removed.
   *
   * <p>One worker of the node does this by itself about once a minute, unless its {@code
   * reapInterval} is zero. This call does it now, in the calling thread, in transactions of at most
   * 256 functions each. It stops when nothing is left that may go, or after about 10 s, or when the
   * manager is closed meanwhile: call it again until it returns 0. What it has removed stays
   * removed if the process dies; a power cut may undo the last of it.
   *
   * @return how many functions were removed
   * @throws IllegalStateException if this manager is closed
   * @throws StoreException if the database cannot be used; what was removed until then is gone
   */
  public int prune() {
    return engine.prune();
  }

  /**
   * This manager's row: the column {@code owner.id}.
   *
   * @return an id that is never used again
   */
  public long ownerId() {
    return engine.ownerId().row();
  }

  /**
   * Ends open jobs, reaps once more, and ends the owner: what is unfinished then becomes orphaned
   * and is run by others. Waits for functions that other threads are running. Does nothing if it is
   * closed already. Works during the JVM's shutdown, too, and then ends the wait for open jobs; see
   * {@link dev.lastly.model.OnShutdown}.
   *
   * @throws IllegalStateException if called from a deferred function that this manager runs
   * @throws StoreException if the end could not be recorded; call again, or let the process end
   */
  @Override
  public void close() {
    engine.close();
  }
}
