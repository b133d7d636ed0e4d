package dev.lastly.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Kills your own worker at every moment that matters, has another worker clean up, and asks you
 * whether anything was left behind.
 *
 * <pre>{@code
 * CrashTest.of(MyWorker.class, "{state}", "{world}")
 *     .everyCrashPoint()
 *     .check(world -> assertThat(world.directory()).isEmptyDirectory());
 * }</pre>
 *
 * <p>The worker first runs undisturbed, in a JVM of its own, with a fresh state directory and an
 * empty world. Every boundary that it comes by is counted: each commit of Lastly (registration of
 * an owner, defer, cancel, the start and the outcome of an attempt, claim, end of an owner), and
 * each change of the world by your code, inside and outside of deferred functions (files and
 * directories created, opened for writing, written, renamed, deleted; processes started, waited for
 * and ended; connections made and written to; requests sent). Then, for each <i>n</i>, it runs
 * again from scratch and is killed with SIGKILL just before boundary <i>n</i>; a fresh process
 * opens a manager on the same state directory and reaps; every function must have ended, {@link
 * StoreInvariants} must hold, and your check judges the world.
 *
 * <p>The numbers are the same in each run if the worker does the same in each run; with several
 * threads they follow whatever order the threads take. Not seen: changes by native code (memory
 * mapped files, JNI, the bytes that {@code Files.copy} writes after it has created the target), for
 * which there is {@link #alsoBefore}; writes to standard output and error; what loggers write.
 *
 * <p>Needs a JDK, for its debugger (the module {@code jdk.jdi}), on the JVM of the test and of the
 * worker. Defaults:
 *
 * <ul>
 *   <li>which points: every one, and none in the recovery
 *   <li>{@code recoverWith}: a manager with default settings, but with no background threads and no
 *       backoff, which reaps until nothing waits
 *   <li>{@code timeLimit}: 60 s for each process
 *   <li>{@code atMost}: {@value #DEFAULT_MAX_POINTS} crash points
 *   <li>{@code parallelism}: 1
 *   <li>{@code awaitChildren}: 1 s
 *   <li>{@code javaHome}, {@code classPath}, {@code jvmArguments}: those of this JVM, without its
 *       agents
 *   <li>{@code environment}: that of this process
 *   <li>{@code directory}: a new one in the temp directory, deleted at the end
 * </ul>
 *
 * <p>The worker gets its state directory and its world as <code>{state}</code> and <code>{world}
 * </code> in its arguments, as system properties {@code lastly.testkit.state} and {@code
 * lastly.testkit.world}, and as environment variables {@code LASTLY_TESTKIT_STATE} and {@code
 * LASTLY_TESTKIT_WORLD}. The world is its working directory; the recovery has another one, so that
 * a relative path in a deferred call shows.
 *
 * <p>Immutable and thread-safe: each method returns another test.
 */
public final class CrashTest {
  /** Most crash points that are tried, unless {@link #atMost} says otherwise. */
  public static final int DEFAULT_MAX_POINTS = 500;

  private static final int MAX_PARALLELISM = 64;

  private final CrashPlan plan;

  private CrashTest(CrashPlan plan) {
    this.plan = plan;
  }

  /** Judges what is left. */
  @FunctionalInterface
  public interface Check {
    /**
     * Throws if anything is left behind that should not be there.
     *
     * @param world what is left
     * @throws Exception or an {@link AssertionError}, whose message says what is left
     */
    void check(World world) throws Exception;
  }

  /**
   * Tests a worker with all defaults.
   *
   * @param main a class with a {@code main} method, which ends by itself
   * @param arguments of {@code main}; <code>{state}</code> and <code>{world}</code> stand for the
   *     directories
   * @return a test that has not run yet
   */
  public static CrashTest of(Class<?> main, String... arguments) {
    return new CrashTest(new CrashPlan(main.getName(), List.of(arguments)));
  }

  private CrashTest with(Consumer<CrashPlan> change) {
    CrashPlan copy = plan.copy();
    change.accept(copy);
    return new CrashTest(copy);
  }

  /**
   * Tries every crash point; this is the default.
   *
   * @return another test
   */
  public CrashTest everyCrashPoint() {
    return onlyCrashPoint(0, 0);
  }

  /**
   * Tries one crash point only, as a failure has named it.
   *
   * @param number the crash point, from 1
   * @return another test
   */
  public CrashTest onlyCrashPoint(int number) {
    return onlyCrashPoint(requireAtLeast(1, number, "a crash point"), 0);
  }

  /**
   * Tries one crash point of the recovery only, as a failure has named it.
   *
   * @param number the crash point of the worker, from 1
   * @param inRecovery the crash point of the recovery after it, from 1
   * @return another test
   */
  public CrashTest onlyCrashPoint(int number, int inRecovery) {
    requireAtLeast(0, number, "a crash point");
    requireAtLeast(0, inRecovery, "a crash point in the recovery");
    return with(
        copy -> {
          copy.onlyPoint = number;
          copy.onlyInRecovery = inRecovery;
        });
  }

  /**
   * After each kill of the worker, also kills the recovery at each of its boundaries, and has a
   * second one finish. This takes as many more runs.
   *
   * @return another test
   */
  public CrashTest alsoDuringRecovery() {
    return with(copy -> copy.duringRecovery = true);
  }

  /**
   * Also stops before each call of a method: one that changes the world by native code.
   *
   * @param type the name of the class that declares it, as {@link Class#getName} gives it
   * @param method its name; every method of that name that has a body
   * @return another test
   */
  public CrashTest alsoBefore(String type, String method) {
    return with(
        copy -> {
          List<Boundary> chosen = new ArrayList<>(copy.chosen);
          chosen.add(Boundary.chosen(type, method));
          copy.chosen = List.copyOf(chosen);
        });
  }

  /**
   * Recovers with a program of yours, such as the worker itself. It must end by itself with status
   * 0, and leave no function unfinished.
   *
   * @param main a class with a {@code main} method
   * @param arguments of {@code main}, with the same placeholders
   * @return another test
   */
  public CrashTest recoverWith(Class<?> main, String... arguments) {
    return with(
        copy -> {
          copy.recoveryMain = main.getName();
          copy.recoveryArguments = List.of(arguments);
        });
  }

  /**
   * How long each process may take. One that takes longer is killed and fails the test, with what
   * its threads were doing.
   *
   * @param limit at least 1 ms
   * @return another test
   */
  public CrashTest timeLimit(Duration limit) {
    if (limit.toMillis() < 1) {
      throw new IllegalArgumentException("a time limit is at least 1 ms; got " + limit);
    }
    return jvm(j -> new Jvm(j.home(), j.classPath(), j.arguments(), j.environment(), limit));
  }

  /**
   * How many crash points there may be. If there are more, the test fails; it never leaves some
   * out.
   *
   * @param points at least 1
   * @return another test
   */
  public CrashTest atMost(int points) {
    requireAtLeast(1, points, "the number of crash points");
    return with(copy -> copy.maxPoints = points);
  }

  /**
   * How many crash points are tried at the same time. The check is then called by several threads.
   *
   * @param threads 1 to 64
   * @return another test
   */
  public CrashTest parallelism(int threads) {
    requireAtLeast(1, threads, "parallelism");
    if (threads > MAX_PARALLELISM) {
      throw new IllegalArgumentException("parallelism is at most 64; got " + threads);
    }
    return with(copy -> copy.parallelism = threads);
  }

  /**
   * How long the processes that the killed worker had started are waited for before the recovery
   * begins. Those that end by themselves have then done what they were started for, in each run
   * alike. With 0 the recovery begins beside them.
   *
   * @param patience zero or more
   * @return another test
   */
  public CrashTest awaitChildren(Duration patience) {
    if (patience.isNegative()) {
      throw new IllegalArgumentException("nobody waits for " + patience);
    }
    return with(copy -> copy.childPatience = patience);
  }

  /**
   * Which JDK the worker runs on.
   *
   * @param home the directory that has {@code bin/java}; Java 17 or newer
   * @return another test
   */
  public CrashTest javaHome(Path home) {
    return jvm(
        j ->
            new Jvm(
                home.toAbsolutePath(), j.classPath(), j.arguments(), j.environment(), j.limit()));
  }

  /**
   * Which classes the worker sees. Lastly, of the same version as here, must be among them.
   *
   * @param classPath absolute paths, as for {@code java -cp}
   * @return another test
   */
  public CrashTest classPath(String classPath) {
    return jvm(j -> new Jvm(j.home(), classPath, j.arguments(), j.environment(), j.limit()));
  }

  /**
   * The arguments of the worker's JVM, instead of those of this one.
   *
   * @param arguments as for {@code java}
   * @return another test
   */
  public CrashTest jvmArguments(String... arguments) {
    return jvm(
        j -> new Jvm(j.home(), j.classPath(), List.of(arguments), j.environment(), j.limit()));
  }

  /**
   * Adds a variable to the worker's environment.
   *
   * @param name of the variable
   * @param value of the variable
   * @return another test
   */
  public CrashTest environment(String name, String value) {
    return jvm(
        j -> {
          Map<String, String> more = new HashMap<>(j.environment());
          more.put(name, value);
          return new Jvm(j.home(), j.classPath(), j.arguments(), more, j.limit());
        });
  }

  /**
   * Where the state directories, worlds and logs of the runs are. Those of crash points that have
   * left something behind are kept there, in {@code point-17} and the like.
   *
   * @param directory an existing directory on a local file system
   * @return another test
   */
  public CrashTest directory(Path directory) {
    return with(copy -> copy.directory = directory.toAbsolutePath());
  }

  /**
   * Runs the test.
   *
   * @param check judges what is left, once for the undisturbed run and once for each crash point
   * @return the crash points that were tried, in order; all of them have passed
   * @throws AssertionError if something was left behind: it lists every crash point where that is
   *     so, with its stack, what was left, and how to try it alone; also if the worker fails by
   *     itself, does not end in time, does not do the same in each run, has no crash point, or more
   *     than {@link #atMost} says
   * @throws IllegalStateException if this Java has no debugger, or the worker's has changed in a
   *     way that would hide crash points
   * @throws java.io.UncheckedIOException if a process or a directory cannot be made
   */
  public List<CrashPoint> check(Check check) {
    return new CrashSearch(plan, check).run();
  }

  private CrashTest jvm(java.util.function.UnaryOperator<Jvm> change) {
    return with(copy -> copy.jvm = change.apply(copy.jvm));
  }

  private static int requireAtLeast(int least, int value, String what) {
    if (value < least) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s is at least %d; got %d", what, least, value));
    }
    return value;
  }
}
