package dev.lastly.cli;

import java.nio.file.Path;
import java.util.Locale;
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
      throw CommandException.usage(
          VARIABLE + " is not what 'lastly run' sets; leave it as it is inside a run");
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
        Path.of(form.group(7)));
  }

  /** The variable's value, in one line. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d:%d:%d:%d:%d:%d:%s",
        ownerId,
        ownerTicks,
        jobId,
        leader,
        leaderTicks,
        startedByInit ? 1 : 0,
        stateDir);
  }
}
