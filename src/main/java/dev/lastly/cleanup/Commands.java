package dev.lastly.cleanup;

import dev.lastly.internal.posix.UserLocale;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Collectors;
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
   * @param command what to run
   * @return its exit code and output
   * @throws CommandFailedException if it cannot be started (no such program or directory, no
   *     permission), if its exit code is not one of {@link Command#successExitCodes}, or if it
   *     takes longer than {@link Command#timeout}; what could not be killed then is a suppressed
   *     exception
   * @throws InterruptedException if the thread is interrupted; the processes are killed first
   */
  public static CommandOutput run(Command command)
      throws CommandFailedException, InterruptedException {
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
   * @throws IOException if it cannot be made sure that the group has ended; nothing is run then
   * @throws CommandFailedException as {@link #run}
   * @throws InterruptedException if the thread is interrupted
   */
  public static CommandOutput runAfter(ProcessGroup group, Duration grace, Command command)
      throws IOException, CommandFailedException, InterruptedException {
    Processes.terminateGroup(group, grace);
    return run(command);
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
        "command %s: %s%s"
            .formatted(what, readable(command), end.isEmpty() ? "" : "\noutput: " + end),
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
