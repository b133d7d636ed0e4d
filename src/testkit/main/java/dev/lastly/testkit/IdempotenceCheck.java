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
 * Shows whether clean-up functions bear what at-least-once means: that they are made twice, and
 * that they are cut short anywhere and then made again.
 *
 * <pre>{@code
 * IdempotenceCheck.in(directory)
 *     .given(() -> Files.createDirectories(directory.resolve("scratch/a")))
 *     .check(DeferredFunction.create(Cleanup::deleteTree, directory.resolve("scratch")));
 * }</pre>
 *
 * <p>Each function is called in a JVM of its own, with arguments decoded from their JSON: once, for
 * the world as it should be; twice; and, for each of its steps (the same boundaries as {@link
 * CrashTest} has), killed with SIGKILL just before that step and then called once more. Before each
 * of these the directory is emptied and made anew by {@code given}. A call must not fail, and the
 * world must be afterwards as it was after the one undisturbed call.
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
 * <p>Needs a JDK, as {@link CrashTest} does. Immutable: each method returns another check. One at a
 * time may use a directory.
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
     * Makes what the function is to clean up; called before each run, in this JVM.
     *
     * @throws Exception if that is not possible; the check ends with it
     */
    void prepare() throws Exception;
  }

  /** Registers what is to be checked, as a worker does: its own code can be called here. */
  @FunctionalInterface
  public interface Registration {
    /**
     * Registers functions; called once, in this JVM, before the directory is emptied.
     *
     * @param job an open job that never ends: nothing is run in it
     * @throws Exception if that is not possible; the check ends with it
     */
    void register(JobContext job) throws Exception;
  }

  /**
   * Starts a check with all defaults.
   *
   * @param directory an existing directory; <b>all that is in it is deleted</b> before each run
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
   * Says how the world is made before each run.
   *
   * @param world makes it, in the emptied directory or elsewhere
   * @return another check
   */
  public IdempotenceCheck given(Preparation world) {
    return new IdempotenceCheck(directory, world, snapshot, jvm, chosen, maxSteps);
  }

  /**
   * Says what of the world is compared, if it is not the directory.
   *
   * @param state asked after each run; compared with {@code equals} and shown with {@code toString}
   * @return another check
   */
  public IdempotenceCheck snapshot(Supplier<?> state) {
    return new IdempotenceCheck(directory, preparation, state, jvm, chosen, maxSteps);
  }

  /**
   * How long each process may take; one that takes longer is killed, which fails the check.
   *
   * @param limit at least 1 ms
   * @return another check
   */
  public IdempotenceCheck timeLimit(Duration limit) {
    if (limit.toMillis() < 1) {
      throw new IllegalArgumentException("a time limit is at least 1 ms; got " + limit);
    }
    Jvm limited = new Jvm(jvm.home(), jvm.classPath(), jvm.arguments(), jvm.environment(), limit);
    return new IdempotenceCheck(directory, preparation, snapshot, limited, chosen, maxSteps);
  }

  /**
   * Also takes each call of a method as a step: one that changes the world by native code.
   *
   * @param type the name of the class that declares it, as {@link Class#getName} gives it
   * @param method its name; every method of that name that has a body
   * @return another check
   */
  public IdempotenceCheck alsoBefore(String type, String method) {
    List<Boundary> more = new ArrayList<>(chosen);
    more.add(Boundary.chosen(type, method));
    return new IdempotenceCheck(directory, preparation, snapshot, jvm, more, maxSteps);
  }

  /**
   * How many steps a function may have. If it has more, the check fails; it never leaves some out.
   *
   * @param steps at least 1
   * @return another check
   */
  public IdempotenceCheck atMost(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("at least 1 step; got " + steps);
    }
    return new IdempotenceCheck(directory, preparation, snapshot, jvm, chosen, steps);
  }

  /**
   * Runs the check.
   *
   * @param functions what is to be called, each alone; make them with {@link
   *     DeferredFunction#create}
   * @throws AssertionError if a function is not idempotent: it lists each step and the difference;
   *     also if a function fails undisturbed, or has more steps than {@link #atMost} says
   * @throws FunctionRefusedException if a function could not be run later
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
   * Runs the check with every function that a worker registers, each alone. What it cancels again
   * is left out.
   *
   * @param worker registers them
   * @throws AssertionError as {@link #check} does; also if it registers nothing
   * @throws FunctionRefusedException if a function could not be run later
   * @throws IllegalStateException if this Java has no debugger, the world cannot be prepared, or
   *     {@code worker} throws a checked exception
   * @throws java.io.UncheckedIOException if a process or a directory cannot be made
   */
  public void checkRegistered(Registration worker) {
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
