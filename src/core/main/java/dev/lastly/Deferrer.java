package dev.lastly;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.cleanup.Containers;
import dev.lastly.cleanup.ProcessId;
import dev.lastly.cleanup.Processes;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Registers deferred functions. Every overload of {@code defer} passes the function that {@link
 * DeferredFunction#create} makes to {@link #deferWith}, and throws the exceptions of both.
 * Implementations are thread-safe.
 *
 * <p>There are overloads for up to four arguments. A function that needs more, or named arguments,
 * takes a record.
 */
@FunctionalInterface
public interface Deferrer {

  /**
   * Defers a function that was created before, with options of its own. The function is durable
   * when this returns.
   *
   * @param options how to run it, where that differs from the settings
   * @param function the function with its arguments
   * @return a handle to cancel it
   * @throws FunctionRefusedException if the policy forbids the function, or the class loader does
   *     not find it: nothing was stored
   * @throws StoreException if the row could not be committed: nothing was stored
   * @throws IllegalStateException if the job has ended: nothing was stored
   */
  // Not another overload of defer: javac would list it in the message about any wrong argument.
  DeferredHandle deferWith(FunctionOptions options, DeferredFunction function);

  /**
   * Defers a function that was created before. The function is durable when this returns.
   *
   * @param function the function with its arguments
   * @return a handle to cancel it
   */
  default DeferredHandle defer(DeferredFunction function) {
    return deferWith(FunctionOptions.defaults(), function);
  }

  /**
   * The same, with options for all functions that are registered through it. {@code
   * job.with(options).defer(…)} is one registration; several may share the result.
   *
   * @param options how to run them, where that differs from the settings, and from the options that
   *     this object itself adds
   * @return as thread-safe as this
   */
  default Deferrer with(FunctionOptions options) {
    return (more, function) -> deferWith(options.with(more), function);
  }

  // Each overload has its own names of type parameters. With equal names, javac would number them
  // (A#1, A#2) in the message about a wrong argument, which lists all overloads.

  /**
   * Defers a call with no arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @return a handle to withdraw it with
   */
  default DeferredHandle defer(Action.Of0 function) {
    return defer(DeferredFunction.create(function));
  }

  /**
   * Defers a call with one argument.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param <A> the type of the first argument
   * @return a handle to withdraw it with
   */
  default <A extends @Nullable Object> DeferredHandle defer(Action.Of1<A> function, A a) {
    return defer(DeferredFunction.create(function, a));
  }

  /**
   * Defers a call with two arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param <A2> the type of the first argument
   * @param <B2> the type of the second argument
   * @return a handle to withdraw it with
   */
  default <A2 extends @Nullable Object, B2 extends @Nullable Object> DeferredHandle defer(
      Action.Of2<A2, B2> function, A2 a, B2 b) {
    return defer(DeferredFunction.create(function, a, b));
  }

  /**
   * Defers a call with three arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param <A3> the type of the first argument
   * @param <B3> the type of the second argument
   * @param <C3> the type of the third argument
   * @return a handle to withdraw it with
   */
  default <A3 extends @Nullable Object, B3 extends @Nullable Object, C3 extends @Nullable Object>
      DeferredHandle defer(Action.Of3<A3, B3, C3> function, A3 a, B3 b, C3 c) {
    return defer(DeferredFunction.create(function, a, b, c));
  }

  /**
   * Defers a call with four arguments.
   *
   * @param function the method reference, constructor reference or lambda
   * @param a the first argument
   * @param b the second argument
   * @param c the third argument
   * @param d the fourth argument
   * @param <A4> the type of the first argument
   * @param <B4> the type of the second argument
   * @param <C4> the type of the third argument
   * @param <D4> the type of the fourth argument
   * @return a handle to withdraw it with
   */
  default <
          A4 extends @Nullable Object,
          B4 extends @Nullable Object,
          C4 extends @Nullable Object,
          D4 extends @Nullable Object>
      DeferredHandle defer(Action.Of4<A4, B4, C4, D4> function, A4 a, B4 b, C4 c, D4 d) {
    return defer(DeferredFunction.create(function, a, b, c, d));
  }

  // The four that most jobs need. docs/cleanup-cookbook.md has the others.

  /**
   * Defers {@link Cleanup#deleteTree}.
   *
   * @param path an absolute path; it need not exist yet
   * @return a handle to withdraw it with
   */
  default DeferredHandle deleteTree(Path path) {
    return defer(Cleanup::deleteTree, path);
  }

  /**
   * Defers {@link Commands#run(Command)}, with the limits of {@link Command#of}.
   *
   * @param arguments the program and its arguments; no shell reads them
   * @return a handle to withdraw it with
   */
  default DeferredHandle run(String... arguments) {
    return defer(Commands::run, Command.of(arguments));
  }

  /**
   * Defers {@link Processes#terminate(ProcessId)}. Its process may die before this returns; {@link
   * JobContext#start} leaves no such gap.
   *
   * @param process a child, or any other process that this one may signal
   * @return a handle to withdraw it with
   * @throws IOException as {@link ProcessId#of(Process)}: nothing was stored
   */
  default DeferredHandle terminate(Process process) throws IOException {
    return defer(Processes::terminate, ProcessId.of(process));
  }

  /**
   * Defers {@link Containers#remove}.
   *
   * @param name the container's name; it need not exist yet
   * @return a handle to withdraw it with
   */
  default DeferredHandle removeContainer(String name) {
    return defer(Containers::remove, name);
  }
}
