package dev.lastly.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The value of the variable {@code LASTLY_JOB}, which {@code lastly run} sets for its program.
 * {@code lastly defer} reads from it in which job to register a command.
 *
 * @param ownerId the owner that runs the program
 * @param ownerTicks when that owner's process started; tells it from an owner with the same id in a
 *     state directory that was deleted and created again
 * @param jobId the job
 * @param leader the pid of the program, which leads its process group
 * @param leaderTicks when the program started
 * @param startedByInit whether the program was started by process 1 of its pid namespace, and so
 *     ends with it
 * @param stateDir the state directory
 */
record JobTicket(
    long ownerId,
    long ownerTicks,
    long jobId,
    long leader,
    long leaderTicks,
    boolean startedByInit,
    Path stateDir) {
  static final String VARIABLE = "LASTLY_JOB";

  private static final Pattern FORM =
      Pattern.compile("(\\d{1,18}):(\\d{1,18}):(\\d{1,18}):(\\d{1,18}):(\\d{1,18}):([01]):(/.*)");

  static JobTicket parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw notOurs();
    }
    long[] numbers = new long[5];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Long.parseLong(form.group(i + 1));
    }
    return new JobTicket(
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        numbers[4],
        form.group(6).equals("1"),
        path(form.group(7)));
  }

  private static Path path(String escaped) {
    try {
      return Path.of(URI.create("file://" + escaped));
    } catch (IllegalArgumentException e) {
      throw notOurs();
    }
  }

  private static CommandException notOurs() {
    return CommandException.usage(
        VARIABLE + " does not have the form that 'lastly run' sets; do not change it");
  }

  /**
   * The variable's value, one line of ASCII. Bytes of the path that could end a line, or whose
   * meaning depends on the locale, are written as {@code %HH}.
   */
  @Override
  public String toString() {
    return ownerId
        + ":"
        + ownerTicks
        + ":"
        + jobId
        + ":"
        + leader
        + ":"
        + leaderTicks
        + (startedByInit ? ":1:" : ":0:")
        + stateDir.toAbsolutePath().toUri().getRawPath();
  }
}
