package dev.lastly.testkit;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.owner.Owners;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A node in this process: workers that can be killed, a clock that is moved by hand, and nothing
 * that happens by itself. The database, and all that Lastly does with it, is real; processes, their
 * locks and the boot id are made up.
 *
 * <pre>{@code
 * try (TestNode node = TestNode.open(directory)) {
 *   TestNode.Worker a = node.worker("a");
 *   a.openJob("sample 17").defer(Cleanup::deleteTree, scratch);
 *   a.kill();
 *   assertThat(node.reap()).isEqualTo(1);
 * }
 * }</pre>
 *
 * <p>For tests of what a program does with its functions and with time. It cannot cut a function
 * short: whoever needs that uses {@link CrashTest}, which kills real processes. A state directory
 * that a test node has used is of no use to real workers, because they cannot tell whether its
 * workers live.
 *
 * <p>Defaults: the clock shows 2026-01-01T00:00:00Z; workers have {@link Settings#defaults()}, but
 * always {@code reapInterval} 0 and {@code onShutdown} {@link OnShutdown#NOTHING}. Thread-safe; a
 * worker's own methods are for one thread at a time.
 */
public final class TestNode implements AutoCloseable {
  /** What the clock shows at first. */
  public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static final String REAPER = "(reaper)";

  private final Path stateDirBase;
  private final Settings.Builder settings;
  private final ManualClock clock = ManualClock.at(START);
  private final TestKernel kernel = new TestKernel();
  private final Map<String, Worker> workers = new LinkedHashMap<>(); // guarded by this

  private TestNode(Path stateDirBase, Settings.Builder settings) {
    this.stateDirBase = stateDirBase;
    this.settings = settings;
  }

  /**
   * A node whose workers have default settings.
   *
   * @param stateDirBase a directory on a local file system
   * @return a node with no worker yet
   */
  public static TestNode open(Path stateDirBase) {
    return open(stateDirBase, builder -> builder);
  }

  /**
   * A node whose workers have settings of yours.
   *
   * @param stateDirBase a directory on a local file system
   * @param settings changes the defaults, for all workers
   * @return a node with no worker yet
   */
  public static TestNode open(Path stateDirBase, UnaryOperator<Settings.Builder> settings) {
    return new TestNode(stateDirBase, settings.apply(Settings.builder()));
  }

  /**
   * The clock of all workers: what they write as time, and by which retries become due.
   *
   * @return always the same one
   */
  public ManualClock clock() {
    return clock;
  }

  /**
   * The living worker of that name. If there is none, one is started: a new process, with a new
   * owner.
   *
   * @param name any text; it is the owner's label
   * @return the worker
   * @throws StoreException if the database cannot be used
   */
  public synchronized Worker worker(String name) {
    Worker known = workers.get(name);
    if (known != null && known.isAlive()) {
      return known;
    }
    Worker started = new Worker(name, kernel.start());
    workers.put(name, started);
    return started;
  }

  /**
   * Reaps, by a worker that does nothing else.
   *
   * @return how many functions were run, whether they succeeded or not
   * @throws StoreException if the database cannot be used
   */
  public int reap() {
    return worker(REAPER).reap();
  }

  /**
   * Power off and on: every worker dies, and the next ones have the same pids, but another boot id.
   */
  public synchronized void reboot() {
    List.copyOf(workers.values()).forEach(Worker::kill);
    workers.clear();
    kernel.reboot();
  }

  /**
   * Ends the node as {@link #reboot} does: what is unfinished stays so. Run {@link #reap} before if
   * that is not wanted.
   */
  @Override
  public void close() {
    reboot();
  }

  /** A made-up process with a real manager. For one thread at a time. */
  public final class Worker {
    private final String name;
    private final TestKernel.Proc process;
    private final Engine engine;
    private final DeferredFunctionManager manager;
    private volatile @Nullable String unable;

    private Worker(String name, TestKernel.Proc process) {
      this.name = name;
      this.process = process;
      Settings own =
          settings.label(name).reapInterval(Duration.ZERO).onShutdown(OnShutdown.NOTHING).build();
      Node.Seams real = Node.Seams.real();
      this.engine =
          Node.open(
              stateDirBase,
              DeferredFunctionManager.STATE_DIR_STEM,
              own,
              new Node.Seams(lockFile -> Owners.with(process, process), clock, real.source()));
      this.manager = facade(engine);
    }

    /**
     * The manager, as a program opens one.
     *
     * @return always the same one; after a kill it fails with {@link StoreException}
     * @throws IllegalStateException if this worker was killed, closed or paused
     */
    public DeferredFunctionManager manager() {
      String why = unable;
      if (why != null) {
        throw new IllegalStateException(String.format(Locale.ROOT, "worker '%s' %s", name, why));
      }
      return manager;
    }

    /**
     * Runs the orphans that there are, then opens a job.
     *
     * @param job a text for people
     * @return an open job; after a kill it fails with {@link StoreException}
     * @throws IllegalStateException if this worker was killed, closed or paused
     * @throws StoreException if the database cannot be used
     */
    public JobContext openJob(String job) {
      return manager().openJob(job);
    }

    /**
     * Runs the orphans, and this worker's retries that are due.
     *
     * @return how many functions were run, whether they succeeded or not
     * @throws IllegalStateException if this worker was killed, closed or paused
     * @throws StoreException if the database cannot be used
     */
    public int reap() {
      return manager().reap();
    }

    /**
     * The owner's row.
     *
     * @return the column {@code owner.id}
     */
    public long ownerId() {
      return engine.ownerId().row();
    }

    /**
     * Whether it has been neither killed nor closed; a paused one lives.
     *
     * @return true until {@link #kill} or {@link #close}
     */
    public boolean isAlive() {
      return process.look(process.self()) == Owners.Sighting.RUNNING;
    }

    /**
     * The process is gone, as by SIGKILL: it writes nothing more, and its locks are free. Does
     * nothing if it has ended already.
     */
    public void kill() {
      if (isAlive()) {
        kernel.kill(process);
        unable = "was killed";
        engine.abandon();
      }
    }

    /**
     * The process is stopped, as by SIGSTOP: it lives and holds its locks, but does nothing. Until
     * {@link #resume} its methods fail; its open jobs must be left alone.
     *
     * @throws IllegalStateException if this worker was killed or closed
     */
    public void pause() {
      requireAlive();
      unable = "is paused; resume it first";
    }

    /**
     * The process goes on. Does nothing if it was not paused.
     *
     * @throws IllegalStateException if this worker was killed or closed
     */
    public void resume() {
      requireAlive();
      unable = null;
    }

    /**
     * Ends it in order: ends open jobs, reaps, ends the owner.
     *
     * @throws IllegalStateException if this worker was killed or closed, or is paused
     * @throws StoreException if the end could not be recorded
     */
    public void close() {
      manager().close();
      kernel.kill(process);
      unable = "was closed";
    }

    private void requireAlive() {
      if (!isAlive()) {
        manager(); // says why
      }
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "worker '%s', owner %s", name, engine.ownerId());
    }
  }

  /** The facade has no public way to be made of an engine: engines are nobody's concern. */
  private static DeferredFunctionManager facade(Engine engine) {
    try {
      Constructor<DeferredFunctionManager> constructor =
          DeferredFunctionManager.class.getDeclaredConstructor(Engine.class);
      constructor.setAccessible(true);
      return constructor.newInstance(engine);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("DeferredFunctionManager(Engine) has moved", e);
    }
  }
}
