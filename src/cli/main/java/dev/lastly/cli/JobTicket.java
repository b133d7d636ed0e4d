package dev.lastly.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code lastly run} tells the program that it runs, in the variable {@code LASTLY_JOB}, so
 * that {@code lastly defer} registers more in the same job.
 *
 * @param ownerId the owner that runs the program
 * @param ownerTicks when that owner's process started: ids begin anew in a directory that is
 *     deleted
 * @param jobId the job
 * @param leader pid of the program
 * @param leaderTicks when it started
 * @param startedByInit whether it ends with the process that runs it, in any case
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
        VARIABLE + " is not what 'lastly run' sets; leave it as it is inside a run");
  }

  /**
   * The variable's value, in one line of ASCII: bytes of the path that could end a line, or that a
   * locale could read otherwise, are written as {@code %HH}.
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
