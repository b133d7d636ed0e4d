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
 * A simulated node in this process: workers that a test can kill, and a clock that it moves.
 * Nothing runs in the background. The database, and all that Lastly does with it, is real; the
 * processes, their locks and the boot id are simulated.
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
 * <p>Use it to test what a program does with its functions and with time. It cannot kill a process
 * while a function runs; {@link CrashTest} can, because it kills real processes. Real workers must
 * not use the state directory of a test node: they cannot tell whether its workers live.
 *
 * <p>Defaults: the clock shows 2026-01-01T00:00:00Z; workers have {@link Settings#defaults()}, but
 * always {@code reapInterval} 0 and {@code onShutdown} {@link OnShutdown#NOTHING}. A node is
 * thread-safe; a worker is for one thread at a time.
 */
public final class TestNode implements AutoCloseable {
  /** What the clock of a new node shows. */
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
   * Makes a node whose workers have default settings.
   *
   * @param stateDirBase a directory on a local file system
   * @return a node with no worker yet
   */
  public static TestNode open(Path stateDirBase) {
    return open(stateDirBase, builder -> builder);
  }

  /**
   * Makes a node whose workers have other settings.
   *
   * @param stateDirBase a directory on a local file system
   * @param settings changes the defaults, for all workers
   * @return a node with no worker yet
   */
  public static TestNode open(Path stateDirBase, UnaryOperator<Settings.Builder> settings) {
    return new TestNode(stateDirBase, settings.apply(Settings.builder()));
  }

  /**
   * The clock of all workers. Their rows have its time, and it decides when a retry is due.
   *
   * @return always the same one
   */
  public ManualClock clock() {
    return clock;
  }

  /**
   * Returns the living worker of that name. If there is none, starts one: a new process with a new
   * owner.
   *
   * @param name the owner's label, at most {@link Settings#MAX_LABEL_LENGTH} characters
   * @return the worker
   * @throws IllegalArgumentException if the name is too long or has control characters
   * @throws dev.lastly.model.StateDirectoryException if the state directory cannot be used
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
   * Reaps with a worker that does nothing else.
   *
   * @return how many functions were run, whether they succeeded or not
   * @throws dev.lastly.model.StateDirectoryException if the state directory cannot be used
   * @throws StoreException if the database cannot be used
   */
  public int reap() {
    return worker(REAPER).reap();
  }

  /**
   * Turns the node off and on: every worker dies, and the next ones have the same pids but another
   * boot id.
   */
  public synchronized void reboot() {
    List.copyOf(workers.values()).forEach(Worker::kill);
    workers.clear();
    kernel.reboot();
  }

  /**
   * Ends the node as {@link #reboot} does. Unfinished functions stay in the database; call {@link
   * #reap} first to run them.
   */
  @Override
  public void close() {
    reboot();
  }

  /** A simulated process with a real manager. For one thread at a time. */
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
      this.manager = facade(stateDirBase, engine);
    }

    /**
     * The worker's manager.
     *
     * @return always the same one; after a kill its methods throw {@link StoreException}
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
     * Reaps, then opens a job.
     *
     * @param job a text for people, at most {@link Settings#MAX_LABEL_LENGTH} characters
     * @return an open job; after a kill its methods throw {@link StoreException}
     * @throws IllegalArgumentException if the name is too long or has control characters
     * @throws IllegalStateException if this worker was killed, closed or paused
     * @throws StoreException if the database cannot be used
     */
    public JobContext openJob(String job) {
      return manager().openJob(job);
    }

    /**
     * Reaps: runs the orphans, and this worker's retries that are due.
     *
     * @return how many functions were run, whether they succeeded or not
     * @throws IllegalStateException if this worker was killed, closed or paused
     * @throws StoreException if the database cannot be used
     */
    public int reap() {
      return manager().reap();
    }

    /**
     * The number of this worker's owner.
     *
     * @return the column {@code owner.id}
     */
    public long ownerId() {
      return engine.ownerId().row();
    }

    /**
     * Whether this worker was neither killed nor closed. A paused worker lives.
     *
     * @return true until {@link #kill} or {@link #close}
     */
    public boolean isAlive() {
      return process.look(process.self()) == Owners.Sighting.RUNNING;
    }

    /**
     * Ends the process as SIGKILL does: it writes nothing more, and its locks are free. Does
     * nothing if the worker was killed or closed before.
     */
    public void kill() {
      if (isAlive()) {
        kernel.kill(process);
        unable = "was killed";
        engine.abandon();
      }
    }

    /**
     * Stops the process as SIGSTOP does: it lives and holds its locks, but does nothing. Until
     * {@link #resume} this worker's methods throw {@link IllegalStateException}, and the test must
     * not use its open jobs.
     *
     * @throws IllegalStateException if this worker was killed or closed
     */
    public void pause() {
      requireAlive();
      unable = "is paused; resume it first";
    }

    /**
     * Continues the process. Does nothing if it was not paused.
     *
     * @throws IllegalStateException if this worker was killed or closed
     */
    public void resume() {
      requireAlive();
      unable = null;
    }

    /**
     * Closes the worker in order: ends open jobs, reaps, ends the owner.
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

  /** By reflection: the constructor is not public, because engines are internal. */
  private static DeferredFunctionManager facade(Path base, Engine engine) {
    try {
      Constructor<DeferredFunctionManager> constructor =
          DeferredFunctionManager.class.getDeclaredConstructor(Path.class, Engine.class);
      constructor.setAccessible(true);
      return constructor.newInstance(base, engine);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("DeferredFunctionManager(Path, Engine) has moved", e);
    }
  }
}
