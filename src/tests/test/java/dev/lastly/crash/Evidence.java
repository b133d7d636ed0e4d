package dev.lastly.crash;

import dev.lastly.crash.EventLog.Event;
import dev.lastly.crash.EventLog.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the log and the database say about the first problems that were found. A storm cannot be
 * repeated, so its report must hold what one needs to explain it.
 */
final class Evidence {
  private static final int MOST_PROBLEMS = 3;
  private static final Pattern PROCESS = Pattern.compile("\\d+\\.\\d+");
  private static final Set<Kind> ENDS =
      EnumSet.of(Kind.STARTS, Kind.CLOSING, Kind.TERMINATING, Kind.KILLING, Kind.GONE);

  private Evidence() {}

  /** The lines of the log and the rows that belong to the problems. Empty if there are none. */
  static List<String> of(List<String> problems, List<Event> events, RowsByKey rows) {
    Set<String> jobs = new LinkedHashSet<>();
    Set<String> processes = new LinkedHashSet<>();
    for (String problem : problems.subList(0, Math.min(MOST_PROBLEMS, problems.size()))) {
      jobs.add(problem.substring(0, Math.max(0, problem.indexOf('/'))));
      Matcher names = PROCESS.matcher(problem);
      while (names.find()) {
        processes.add(names.group());
      }
    }
    jobs.remove("");
    List<String> evidence = new ArrayList<>();
    rows.byKey()
        .forEach(
            (key, row) -> {
              if (jobs.stream().anyMatch(job -> key.startsWith(job + "/"))) {
                evidence.add("row: " + key + " " + row);
              }
            });
    for (Event event : events) {
      boolean ofJob =
          jobs.stream()
              .anyMatch(
                  job -> event.subject().equals(job) || event.subject().startsWith(job + "/"));
      boolean ofProcess =
          ENDS.contains(event.kind())
              && (processes.contains(event.process()) || processes.contains(event.subject()));
      if (ofJob || ofProcess) {
        evidence.add("log: " + event);
      }
    }
    return evidence;
  }
}
