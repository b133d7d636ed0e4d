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
 * Kills your worker at every moment that matters, lets another worker clean up, and asks your check
 * whether anything was left behind.
 *
 * <pre>{@code
 * CrashTest.of(MyWorker.class, "{state}", "{world}")
 *     .everyCrashPoint()
 *     .check(world -> assertThat(world.directory()).isEmptyDirectory());
 * }</pre>
 *
 * <p>The worker first runs undisturbed, in a JVM of its own, with a fresh state directory and an
 * empty world. The test counts the boundaries that the worker passes: each commit of Lastly
 * (registration of an owner, defer, cancel, the begin and the outcome of an attempt, claim, end of
 * an owner), and each change of the world by your code, inside and outside of deferred functions
 * (files and directories created, opened for writing, written, renamed, deleted; processes started,
 * waited for and ended; connections made and written to; requests sent). Then, for each <i>n</i>,
 * the test runs the worker again from scratch and kills it with SIGKILL just before boundary
 * <i>n</i>. A fresh process opens a manager on the same state directory and reaps. After that every
 * function must be done or cancelled, {@link StoreInvariants} must hold, and your check judges the
 * world. Where the killed worker leaves children that still run, the test tries the same moment
 * once more beside a second worker, which reaps within milliseconds: a child may undo what was
 * cleaned up before it ended.
 *
 * <p>The numbers are the same in each run if the worker does the same in each run; with several
 * threads they depend on the order in which the threads run. The test does not see changes by
 * native code (memory mapped files, JNI, the bytes that {@code Files.copy} writes after it has
 * created the target; name their callers with {@link #alsoBefore}), nor writes to standard output
 * and error, nor what loggers write.
 *
 * <p>The test and the worker need a JDK, for its debugger (the module {@code jdk.jdi}). Defaults:
 *
 * <ul>
 *   <li>{@code everyCrashPoint}: the worker is killed at each boundary, the recovery at none
 *   <li>{@code recoverWith}: a manager with default settings, but with no background threads and no
 *       backoff, which reaps until no function waits for a retry
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
 * LASTLY_TESTKIT_WORLD}. The worker's working directory is the world. The recovery has another one,
 * so a relative path in a deferred call fails.
 *
 * <p>Immutable and thread-safe: each option returns another test.
 */
public final class CrashTest {
  /** How many crash points a test may have, unless {@link #atMost} says otherwise. */
  public static final int DEFAULT_MAX_POINTS = 500;

  private static final int MAX_PARALLELISM = 64;

  private final CrashPlan plan;

  private CrashTest(CrashPlan plan) {
    this.plan = plan;
  }

  /** Judges what is left after a crash and its recovery. */
  @FunctionalInterface
  public interface Check {
    /**
     * Throws if anything is left behind that should not be there. With {@link #parallelism} above
     * 1, several threads call it at the same time.
     *
     * @param world what is left; valid until this method returns
     * @throws Exception if anything is left behind; also any {@link AssertionError}. The message
     *     says what is left
     */
    void check(World world) throws Exception;
  }

  /**
   * Tests a worker with all defaults.
   *
   * @param main a class with a {@code main} method that ends by itself with status 0
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
   * Tries only the crash point that a failure has named.
   *
   * @param number the crash point, from 1
   * @return another test
   * @throws IllegalArgumentException if the number is less than 1
   */
  public CrashTest onlyCrashPoint(int number) {
    return onlyCrashPoint(requireAtLeast(1, number, "a crash point"), 0);
  }

  /**
   * Tries only the crash point of the recovery that a failure has named. With 0 as {@code
   * inRecovery} only the worker is killed; with 0 as {@code number} the test tries every crash
   * point.
   *
   * @param number the crash point of the worker, from 1
   * @param inRecovery the crash point of the recovery after it, from 1
   * @return another test
   * @throws IllegalArgumentException if a number is negative
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
   * After each kill of the worker, also kills the recovery at each of its boundaries, and lets a
   * second recovery finish. Each boundary of each recovery is one more run.
   *
   * @return another test
   */
  public CrashTest alsoDuringRecovery() {
    return with(copy -> copy.duringRecovery = true);
  }

  /**
   * Makes each call of a method a boundary, too. Name the methods that change the world by native
   * code.
   *
   * @param type the name of the class that declares it, as {@link Class#getName} gives it
   * @param method its name; all methods of that name that have a body
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
   * Recovers with your program, such as the worker itself. It must end by itself with status 0 and
   * leave no function unfinished.
   *
   * @param main a class with a {@code main} method
   * @param arguments of {@code main}; <code>{state}</code> and <code>{world}</code> stand for the
   *     directories
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
   * Limits the time of each process. The test kills a process that takes longer, and fails with
   * what its threads were doing.
   *
   * @param limit at least 1 ms
   * @return another test
   * @throws IllegalArgumentException if the limit is less than 1 ms
   */
  public CrashTest timeLimit(Duration limit) {
    if (limit.toMillis() < 1) {
      throw new IllegalArgumentException("a time limit is at least 1 ms; got " + limit);
    }
    return jvm(j -> new Jvm(j.home(), j.classPath(), j.arguments(), j.environment(), limit));
  }

  /**
   * Limits the number of crash points. If there are more, the test fails: it never leaves any out.
   *
   * @param points at least 1
   * @return another test
   * @throws IllegalArgumentException if the number is less than 1
   */
  public CrashTest atMost(int points) {
    requireAtLeast(1, points, "the number of crash points");
    return with(copy -> copy.maxPoints = points);
  }

  /**
   * Tries several crash points at the same time. Several threads then call the check.
   *
   * @param threads 1 to 64
   * @return another test
   * @throws IllegalArgumentException if the number is outside that range
   */
  public CrashTest parallelism(int threads) {
    requireAtLeast(1, threads, "parallelism");
    if (threads > MAX_PARALLELISM) {
      throw new IllegalArgumentException("parallelism is at most 64; got " + threads);
    }
    return with(copy -> copy.parallelism = threads);
  }

  /**
   * How long the test waits, before the recovery begins, for the processes that the killed worker
   * had started. Processes that end within this time have finished their work in every run alike.
   * With 0 the recovery runs beside them. Beside a second worker the recovery comes first, and then
   * this time, before the check.
   *
   * @param patience zero or more
   * @return another test
   * @throws IllegalArgumentException if the time is negative
   */
  public CrashTest awaitChildren(Duration patience) {
    if (patience.isNegative()) {
      throw new IllegalArgumentException(
          "the time to wait for children is at least 0; got " + patience);
    }
    return with(copy -> copy.childPatience = patience);
  }

  /**
   * Runs the worker on another JDK.
   *
   * @param home the directory that has {@code bin/java}, of Java 17 or newer
   * @return another test
   */
  public CrashTest javaHome(Path home) {
    return jvm(
        j ->
            new Jvm(
                home.toAbsolutePath(), j.classPath(), j.arguments(), j.environment(), j.limit()));
  }

  /**
   * Gives the worker another class path. Lastly must be on it, in the version that this JVM uses.
   *
   * @param classPath absolute paths, as for {@code java -cp}
   * @return another test
   */
  public CrashTest classPath(String classPath) {
    return jvm(j -> new Jvm(j.home(), classPath, j.arguments(), j.environment(), j.limit()));
  }

  /**
   * Gives the worker's JVM its own arguments, instead of those of this JVM.
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
   * Keeps the state directories, worlds and logs of the runs here. Those of failed crash points
   * stay after the test, in directories such as {@code point-17}.
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
   * @param check judges what is left, once for the undisturbed run and once for each crash point,
   *     twice where children are left
   * @return an immutable list of the crash points that were tried, in order; all have passed
   * @throws AssertionError if a crash point failed: the message lists each one with its stack, what
   *     was left, and how to try it alone; also if the worker fails without a kill, does not end in
   *     time, does not do the same in each run, has no crash point, or has more than {@link
   *     #atMost} allows; also if this thread is interrupted, whose interrupt status is then set
   * @throws IllegalStateException if this Java has no debugger, or the worker's Java lacks a method
   *     that the test stops at
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
