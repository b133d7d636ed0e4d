package dev.lastly.testkit;

import dev.lastly.DeferredFunction;
import dev.lastly.JobContext;
import dev.lastly.model.FunctionRefusedException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks that clean-up functions are idempotent, as "at least once" requires: a function may be
 * called twice, and may be killed at any step and then called again.
 *
 * <pre>{@code
 * IdempotenceCheck.in(directory)
 *     .given(() -> Files.createDirectories(directory.resolve("scratch/a")))
 *     .check(DeferredFunction.create(Cleanup::deleteTree, directory.resolve("scratch")));
 * }</pre>
 *
 * <p>The check calls each function in a JVM of its own, with arguments decoded from their JSON:
 * once, which shows what the world should be; twice; and, for each step (the boundaries of {@link
 * CrashTest}), killed with SIGKILL just before that step and then called again. Before each of
 * these runs the check empties the directory and calls {@code given}. No call may fail, and each
 * run must leave the world as the first one did.
 *
 * <p>Defaults:
 *
 * <ul>
 *   <li>{@code given}: an empty directory
 *   <li>{@code snapshot}: kinds, permissions, contents and link targets of all that is below the
 *       directory, but no times
 *   <li>{@code timeLimit}: 60 s for each process
 *   <li>{@code atMost}: {@value CrashTest#DEFAULT_MAX_POINTS} steps of a function
 * </ul>
 *
 * <p>Needs a JDK, as {@link CrashTest} does. Immutable and thread-safe: each option returns another
 * check. Two checks must not use the same directory at the same time.
 */
public final class IdempotenceCheck {
  private final Path directory;
  private final Preparation preparation;
  private final @Nullable Supplier<?> snapshot;
  private final Jvm jvm;
  private final List<Boundary> chosen;
  private final int maxSteps;

  private IdempotenceCheck(
      Path directory,
      Preparation preparation,
      @Nullable Supplier<?> snapshot,
      Jvm jvm,
      List<Boundary> chosen,
      int maxSteps) {
    this.directory = directory;
    this.preparation = preparation;
    this.snapshot = snapshot;
    this.jvm = jvm;
    this.chosen = List.copyOf(chosen);
    this.maxSteps = maxSteps;
  }

  /** Makes the world as it is before a function is called. */
  @FunctionalInterface
  public interface Preparation {
    /**
     * Makes what the function has to clean up. The check calls it before each run, in this JVM.
     *
     * @throws Exception if that is not possible; the check ends with an {@link
     *     IllegalStateException} that has it as its cause
     */
    void prepare() throws Exception;
  }

  /** Registers the functions to check, as a worker does; it can call the worker's own code. */
  @FunctionalInterface
  public interface RegisteringWorker {
    /**
     * Registers functions. The check calls it once, in this JVM, before it empties the directory.
     *
     * @param job an open job whose functions are not run in this JVM
     * @throws Exception if that is not possible; the check ends with an {@link
     *     IllegalStateException} that has it as its cause, or with the exception itself if it is
     *     unchecked
     */
    void register(JobContext job) throws Exception;
  }

  /**
   * Starts a check with all defaults.
   *
   * @param directory an existing directory; the check <b>deletes everything in it</b> before each
   *     run
   * @return a check that has not run yet
   */
  public static IdempotenceCheck in(Path directory) {
    return new IdempotenceCheck(
        directory.toAbsolutePath(),
        () -> {},
        null,
        Jvm.inherited(),
        List.of(),
        CrashTest.DEFAULT_MAX_POINTS);
  }

  /**
   * Prepares the world before each run.
   *
   * @param world makes what the functions clean up, in the emptied directory or elsewhere
   * @return another check
   */
  public IdempotenceCheck given(Preparation world) {
    return new IdempotenceCheck(directory, world, snapshot, jvm, chosen, maxSteps);
  }

  /**
   * Compares something other than the directory tree.
   *
   * @param state called after each run; the check compares its results with {@code equals} and
   *     shows them with {@code toString}
   * @return another check
   */
  public IdempotenceCheck snapshot(Supplier<?> state) {
    return new IdempotenceCheck(directory, preparation, state, jvm, chosen, maxSteps);
  }

  /**
   * Limits the time of each process. The check kills a process that takes longer, and fails.
   *
   * @param limit at least 1 ms
   * @return another check
   * @throws IllegalArgumentException if the limit is less than 1 ms
   */
  public IdempotenceCheck timeLimit(Duration limit) {
    if (limit.toMillis() < 1) {
      throw new IllegalArgumentException("a time limit is at least 1 ms; got " + limit);
    }
    Jvm limited = new Jvm(jvm.home(), jvm.classPath(), jvm.arguments(), jvm.environment(), limit);
    return new IdempotenceCheck(directory, preparation, snapshot, limited, chosen, maxSteps);
  }

  /**
   * Makes each call of a method a step, too. Name the methods that change the world by native code.
   *
   * @param type the name of the class that declares it, as {@link Class#getName} gives it
   * @param method its name; all methods of that name that have a body
   * @return another check
   */
  public IdempotenceCheck alsoBefore(String type, String method) {
    List<Boundary> more = new ArrayList<>(chosen);
    more.add(Boundary.chosen(type, method));
    return new IdempotenceCheck(directory, preparation, snapshot, jvm, more, maxSteps);
  }

  /**
   * Limits the number of steps of a function. If it has more, the check fails: it never leaves any
   * out.
   *
   * @param steps at least 1
   * @return another check
   * @throws IllegalArgumentException if the number is less than 1
   */
  public IdempotenceCheck atMost(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("the number of steps is at least 1; got " + steps);
    }
    return new IdempotenceCheck(directory, preparation, snapshot, jvm, chosen, steps);
  }

  /**
   * Runs the check.
   *
   * @param functions the functions to check, each alone; make them with {@link
   *     DeferredFunction#create}
   * @throws AssertionError if a function is not idempotent: the message lists each step and the
   *     difference; also if a function fails undisturbed, or has more steps than {@link #atMost}
   *     allows; also if this thread is interrupted, whose interrupt status is then set
   * @throws FunctionRefusedException if a function could not be run later
   * @throws IllegalArgumentException if no function is given
   * @throws IllegalStateException if this Java has no debugger, or the world cannot be prepared
   * @throws java.io.UncheckedIOException if a process or a directory cannot be made
   */
  public void check(DeferredFunction... functions) {
    if (functions.length == 0) {
      throw new IllegalArgumentException("give at least one function");
    }
    checkRegistered(job -> List.of(functions).forEach(job::defer));
  }

  /**
   * Runs the check with every function that a worker registers, each alone. Functions that the
   * worker cancels are left out.
   *
   * @param worker registers the functions
   * @throws AssertionError as {@link #check} does; also if the worker registers nothing
   * @throws FunctionRefusedException if a function could not be run later
   * @throws IllegalStateException if this Java has no debugger, the world cannot be prepared, or
   *     {@code worker} throws a checked exception
   * @throws java.io.UncheckedIOException if a process or a directory cannot be made
   */
  public void checkRegistered(RegisteringWorker worker) {
    CrashSearch.requireDebugger();
    List<String> problems = new ArrayList<>();
    IdempotenceRun run = new IdempotenceRun(this);
    run.forEach(worker, problems::addAll);
    if (!problems.isEmpty()) {
      throw new AssertionError(String.join("\n\n", problems));
    }
  }

  Path directory() {
    return directory;
  }

  Jvm jvm() {
    return jvm;
  }

  List<Boundary> boundaries() {
    return Boundaries.all(chosen);
  }

  int maxSteps() {
    return maxSteps;
  }

  void prepare() throws Exception {
    preparation.prepare();
  }

  Object look() throws IOException {
    return snapshot == null ? TreeSnapshot.of(directory) : snapshot.get();
  }
}
