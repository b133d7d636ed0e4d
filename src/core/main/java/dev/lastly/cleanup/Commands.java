package dev.lastly.cleanup;

import dev.lastly.internal.posix.NativeText;
import dev.lastly.internal.posix.UserLocale;
import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs, for {@code job.defer(Commands::run, Command.of("docker", "rm", "-f", "x"))}. Keeps
 * no state; may be called from any thread.
 */
public final class Commands {
  private static final int MAX_COMMAND_IN_MESSAGE = 500;
  private static final int MAX_OUTPUT_IN_MESSAGE = 1000;

  private Commands() {}

  /**
   * Runs a command and waits for its end. Standard input is {@code /dev/null}. Standard output and
   * error are read together all the time, and their first KiB and last 3 KiB are kept.
   *
   * <p>At the time-out (after SIGTERM and 1 s), or at once when the thread is interrupted, the
   * program and all its descendants are killed, with the limits told at {@link
   * Processes#terminate(ProcessId, Duration)}. What a program that ended by itself leaves running
   * in the background is left alone: if it keeps the output open, reading stops 500 ms after the
   * program's end.
   *
   * <p><b>The same command, or none.</b> A process whose locale would hand over other bytes than
   * those of UTF-8 for an argument, a variable or the directory does not run it: it would be
   * another command. A program that is not an absolute path is looked for on the {@code PATH} of
   * this process; where it is not there, another process may have it.
   *
   * @param command what to run
   * @return its exit code and output
   * @throws IllegalArgumentException if {@code command} is null
   * @throws UnresolvableFunctionException if this process cannot spell the command, or does not
   *     find the program on its {@code PATH}; another process may be able to
   * @throws CommandFailedException if it cannot be started (no program or directory of that path,
   *     no permission), if its exit code is not one of {@link Command#successExitCodes}, or if it
   *     takes longer than {@link Command#timeout}; what could not be killed then is a suppressed
   *     exception
   * @throws InterruptedException if the thread is interrupted; the processes are killed first
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
   * Ends a group of processes, and then runs a command: for what must be cleaned up only when
   * nobody works with it any more.
   *
   * @param group which processes, see {@link Processes#terminateGroup}
   * @param grace how long they have between SIGTERM and SIGKILL
   * @param command what to run then
   * @return its exit code and output
   * @throws IllegalArgumentException as {@link Processes#terminateGroup} and {@link #run}
   * @throws UnresolvableFunctionException as {@link Processes#terminateGroup} and {@link #run};
   *     nothing is run then
   * @throws IOException if the group does not end; nothing is run then
   * @throws CommandFailedException as {@link #run}
   * @throws InterruptedException if the thread is interrupted
   */
  @Precondition("requireRunnable")
  public static CommandOutput runAfter(ProcessGroup group, Duration grace, Command command)
      throws IOException, CommandFailedException, InterruptedException {
    requireRunnable(command); // before the group is ended for nothing
    Processes.terminateGroup(group, grace);
    return run(command);
  }

  static void requireRunnable(ProcessGroup group, Duration grace, Command command) {
    requireRunnable(command);
    Processes.requireTerminable(group, grace);
  }

  static void requireRunnable(Command command) {
    if (command == null) {
      throw new IllegalArgumentException("run refuses null: it is no command");
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
          "command cannot be run by this process: there is no program '"
              + program
              + "' on its PATH ("
              + SearchPath.ofThisProcess()
              + "); give the program's path, or run a reaper that has it");
    }
  }

  private static RunningCommand start(Command command) throws CommandFailedException {
    String directory = command.directory();
    if (directory != null && !new File(directory).isDirectory()) {
      // The JDK would say "no such file" of the program.
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

  /** As a shell would need it, so that a person can try it; control characters are shown as '?'. */
  private static String quoted(String argument) {
    String shown = argument.replaceAll("\\p{Cntrl}", "?");
    return shown.matches("[\\w@%+=:,./-]+") ? shown : "'" + shown.replace("'", "'\\''") + "'";
  }
}
