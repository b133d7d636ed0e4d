package dev.lastly.cleanup;

import dev.lastly.internal.posix.NativeText;
import dev.lastly.internal.posix.UserLocale;
import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs, for {@code job.defer(Commands::run, Command.of("docker", "rm", "-f", "x"))}.
 * Stateless and thread-safe.
 */
public final class Commands {
  private static final int MAX_COMMAND_IN_MESSAGE = 500;
  private static final int MAX_OUTPUT_IN_MESSAGE = 1000;

  private Commands() {}

  /**
   * Runs a command and waits for its end. Standard input is {@code /dev/null}. A thread reads
   * standard output and error together, and keeps the first KiB and the last 3 KiB.
   *
   * <p>At the time-out (after SIGTERM and 1 s), or at once when the thread is interrupted, this
   * kills the program and all its descendants, with the limits described at {@link
   * Processes#terminate(ProcessId, Duration)}. If the program ends by itself, this leaves its
   * background processes alone: if one keeps the output open, reading stops 500 ms after the
   * program's end.
   *
   * <p><b>The same command, or none.</b> A process whose locale would pass other bytes than those
   * of UTF-8 for an argument, a variable or the directory does not run the command: it would be
   * another command. This process searches its {@code PATH} for a program that is not an absolute
   * path; if it does not find the program, another process may.
   *
   * @param command the command
   * @return its exit code and output
   * @throws IllegalArgumentException if {@code command} is null
   * @throws UnresolvableFunctionException if this process cannot spell the command, or does not
   *     find the program on its {@code PATH}; another process may be able to
   * @throws CommandFailedException if it cannot be started (no such program or directory, no
   *     permission), if its exit code is not one of {@link Command#successExitCodes}, or if it
   *     takes longer than {@link Command#timeout}; a failure to kill a process is a suppressed
   *     exception
   * @throws InterruptedException if the thread is interrupted; this kills the processes first
   */
  @Precondition("requireRunnable")
  public static CommandOutput run(Command command)
      throws CommandFailedException, InterruptedException {
    requireRunnable(command);
    RunningCommand running = start(command);
    try {
      if (!running.await(command.timeout())) {
        CommandFailedException failure =
            failure(command, "timed out after " + command.timeout(), running.text(), null);
        running.kill(RunningCommand.GRACE, failure);
        throw failure;
      }
    } catch (InterruptedException e) {
      running.kill(Duration.ZERO, e);
      throw e;
    }
    CommandOutput output = running.output();
    if (!command.successExitCodes().contains(output.exitCode())) {
      throw failure(command, "exited with " + output.exitCode(), output.text(), null);
    }
    return output;
  }

  /**
   * Runs a command that is given in its parts: {@link #run(Command)} with exit code 0 as the only
   * success. In {@code defer}, an empty map and no directory need their types, {@code Map.<String,
   * String>of()} and {@code (Path) null}; a {@link Command} needs neither.
   *
   * @param arguments the program and its arguments, see {@link Command#arguments}
   * @param environment variables added to those of the process that runs it
   * @param directory absolute working directory, or null for that of the process that runs it
   * @param timeout how long it may take, 1 ms to {@link Command#MAX_TIMEOUT}
   * @return its exit code and output
   * @throws IllegalArgumentException as {@link Command#Command}
   * @throws UnresolvableFunctionException as {@link #run(Command)}
   * @throws CommandFailedException as {@link #run(Command)}
   * @throws InterruptedException as {@link #run(Command)}
   */
  @Precondition("requireRunnable")
  public static CommandOutput run(
      List<String> arguments,
      Map<String, String> environment,
      @Nullable Path directory,
      Duration timeout)
      throws CommandFailedException, InterruptedException {
    return run(command(arguments, environment, directory, timeout));
  }

  static void requireRunnable(
      List<String> arguments,
      Map<String, String> environment,
      @Nullable Path directory,
      Duration timeout) {
    requireRunnable(command(arguments, environment, directory, timeout));
  }

  private static Command command(
      List<String> arguments,
      Map<String, String> environment,
      @Nullable Path directory,
      Duration timeout) {
    if (arguments == null || environment == null || timeout == null) {
      throw new IllegalArgumentException(
          "run refuses null; expected arguments, an environment and a time-out");
    }
    Command command = new Command(arguments, environment, null, timeout, Set.of(0));
    return directory == null ? command : command.withDirectory(directory);
  }

  /**
   * Ends a group of processes, and then runs a command: for things that must be cleaned up only
   * when no process uses them any more.
   *
   * @param group the processes, see {@link Processes#terminateGroup}
   * @param grace the time between SIGTERM and SIGKILL
   * @param command the command to run then
   * @return its exit code and output
   * @throws IllegalArgumentException as {@link Processes#terminateGroup} and {@link #run}
   * @throws UnresolvableFunctionException as {@link Processes#terminateGroup} and {@link #run}; the
   *     command is not run then
   * @throws IOException if the group does not end; the command is not run then
   * @throws CommandFailedException as {@link #run}
   * @throws InterruptedException if the thread is interrupted
   */
  @Precondition("requireRunnable")
  public static CommandOutput runAfter(ProcessGroup group, Duration grace, Command command)
      throws IOException, CommandFailedException, InterruptedException {
    requireRunnable(command); // check before the group is ended
    Processes.terminateGroup(group, grace);
    return run(command);
  }

  static void requireRunnable(ProcessGroup group, Duration grace, Command command) {
    requireRunnable(command);
    Processes.requireTerminable(group, grace);
  }

  static void requireRunnable(Command command) {
    if (command == null) {
      throw new IllegalArgumentException("run refuses null; expected a command");
    }
    String directory = command.directory();
    Stream<String> texts =
        Stream.of(
                command.arguments().stream(),
                command.environment().keySet().stream(),
                command.environment().values().stream(),
                Stream.ofNullable(directory))
            .flatMap(Function.identity());
    if (!texts.allMatch(NativeText::isSpelledForPrograms)
        || (directory != null && !NativeText.isSpelled(directory))) {
      throw new UnresolvableFunctionException(
          "command would be another one in this process: "
              + readable(command)
              + " (or its variables or its directory) has characters beyond ASCII, and "
              + NativeText.advice());
    }
    String program = command.arguments().get(0);
    if (!program.startsWith("/") && !SearchPath.ofThisProcess().has(program)) {
      throw new UnresolvableFunctionException(
          "this process cannot run the command: there is no program '"
              + program
              + "' on its PATH ("
              + SearchPath.ofThisProcess()
              + "); give the program's absolute path, or run a reaper that has the program");
    }
  }

  private static RunningCommand start(Command command) throws CommandFailedException {
    String directory = command.directory();
    if (directory != null && !new File(directory).isDirectory()) {
      // The JDK's message would say "no such file" about the program.
      throw failure(command, "was not started: no directory '" + directory + "'", "", null);
    }
    ProcessBuilder builder =
        new ProcessBuilder(command.arguments())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .directory(directory == null ? null : new File(directory));
    UserLocale.restore(builder.environment());
    builder.environment().putAll(command.environment());
    try {
      return new RunningCommand(builder.start());
    } catch (IOException e) {
      throw failure(command, "was not started: " + e.getMessage(), "", e);
    }
  }

  private static CommandFailedException failure(
      Command command, String what, String output, @Nullable Throwable cause) {
    String end = output.strip();
    if (end.length() > MAX_OUTPUT_IN_MESSAGE) {
      end = "…" + end.substring(end.length() - MAX_OUTPUT_IN_MESSAGE);
    }
    return new CommandFailedException(
        "command " + what + ": " + readable(command) + (end.isEmpty() ? "" : "\noutput: " + end),
        cause);
  }

  private static String readable(Command command) {
    String line =
        command.arguments().stream().map(Commands::quoted).collect(Collectors.joining(" "));
    return line.length() <= MAX_COMMAND_IN_MESSAGE
        ? line
        : line.substring(0, MAX_COMMAND_IN_MESSAGE) + "…";
  }

  /**
   * The argument quoted for a shell, so that a person can try the command; shows control characters
   * as '?'.
   */
  private static String quoted(String argument) {
    String shown = argument.replaceAll("\\p{Cntrl}", "?");
    return shown.matches("[\\w@%+=:,./-]+") ? shown : "'" + shown.replace("'", "'\\''") + "'";
  }
}
