package dev.lastly.crash;

import dev.lastly.crash.CrashHistory.Deed;
import dev.lastly.crash.CrashHistory.Run;
import dev.lastly.crash.RowsByKey.Attempt;
import dev.lastly.crash.RowsByKey.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares the log with the database, after a recovery that has left nothing to do: nothing
 * acknowledged is missing, nothing cancelled ran, nothing ran early, out of order or without having
 * been deferred, and each repetition has its reason.
 */
public final class Judge {
  private final CrashHistory history;
  private final RowsByKey rows;
  private final boolean mayRemoveRows;
  private final List<String> problems = new ArrayList<>();
  private int acknowledged;
  private int cancelled;
  private int runs;
  private int afterDeath;
  private int afterFailure;

  private Judge(CrashHistory history, RowsByKey rows, boolean mayRemoveRows) {
    this.history = history;
    this.rows = rows;
    this.mayRemoveRows = mayRemoveRows;
  }

  /**
   * What was found.
   *
   * @param problems what is wrong; empty if all is well
   * @param acknowledged how many registrations had been acknowledged
   * @param cancelled how many cancellations had been acknowledged
   * @param runs how many executions there were
   * @param afterDeath how many of them repeat one whose process died before its outcome was
   *     recorded
   * @param afterFailure how many of them repeat one that threw
   */
  public record Findings(
      List<String> problems,
      int acknowledged,
      int cancelled,
      int runs,
      int afterDeath,
      int afterFailure) {}

  /**
   * Judges.
   *
   * @param mayRemoveRows whether rows of finished functions may have been removed
   */
  public static Findings judge(EventLog log, Path database, boolean mayRemoveRows)
      throws IOException, SQLException {
    List<EventLog.Event> events = log.events();
    RowsByKey rows = RowsByKey.read(database);
    Judge judge = new Judge(new CrashHistory(events), rows, mayRemoveRows);
    judge.all();
    judge.problems.addAll(Evidence.of(judge.problems, events, rows));
    return new Findings(
        List.copyOf(judge.problems),
        judge.acknowledged,
        judge.cancelled,
        judge.runs,
        judge.afterDeath,
        judge.afterFailure);
  }

  /**
   * Compares the log with what a power cut has left of the database, which no process has opened
   * since: what was acknowledged is there, and nothing is that was not.
   *
   * @return what is wrong; empty if all is well
   */
  static List<String> judgeAfterPowerCut(EventLog log, Path database, Scenario scenario)
      throws IOException, SQLException {
    RowsByKey rows = RowsByKey.read(database);
    Judge judge = new Judge(new CrashHistory(log.events()), rows, scenario.mayRemoveRows());
    for (Deed deed : judge.history.deeds()) {
      Row row = rows.byKey().get(deed.key);
      if (row != null) {
        judge.onDevice(deed, row.state(), scenario);
      } else if (scenario.isOnDevice(deed.job())) {
        judge.missing(deed);
      }
    }
    return List.copyOf(judge.problems);
  }

  private void onDevice(Deed deed, String state, Scenario scenario) {
    boolean cancelled = state.equals("cancelled");
    boolean acknowledged = Boolean.TRUE.equals(deed.cancelled) && scenario.isOnDevice(deed.job());
    if (acknowledged && !cancelled) {
      problem(deed.key, "its cancellation was acknowledged, yet it is " + state);
    }
    if ((cancelled && !deed.cancelTried) || (state.equals("done") && !deed.returned())) {
      problem(deed.key, "is " + state + ", which it was not");
    }
  }

  private void all() {
    for (Deed deed : history.deeds()) {
      acknowledged += deed.id != null ? 1 : 0;
      cancelled += Boolean.TRUE.equals(deed.cancelled) ? 1 : 0;
      runs += deed.runs.size();
      Row row = rows.byKey().get(deed.key);
      promises(deed);
      early(deed);
      if (row == null) {
        missing(deed);
      } else {
        state(deed, row);
        repetitions(deed, row);
      }
    }
    for (Map.Entry<String, Row> row : rows.byKey().entrySet()) {
      if (history.deed(row.getKey()) == null) {
        problem(row.getKey(), "has row " + row.getValue().id() + ", which no process deferred");
      }
    }
    order();
    commits();
  }

  /** A commit is one step for all that was to run only if the job failed. */
  private void commits() {
    Map<String, Set<Boolean>> cancelled = new TreeMap<>();
    for (Deed deed : history.deeds()) {
      Row row = rows.byKey().get(deed.key);
      if (deed.onlyIfFailed && row != null) {
        cancelled
            .computeIfAbsent(deed.job(), job -> new HashSet<>())
            .add(row.state().equals("cancelled"));
      }
    }
    cancelled.forEach(
        (job, answers) -> {
          if (answers.size() > 1) {
            problem(job, "was committed in part");
          }
        });
  }

  private void promises(Deed deed) {
    if (deed.registrar.isEmpty()) {
      problem(deed.key, "runs, but no process deferred it");
    }
    if (Boolean.TRUE.equals(deed.cancelled) && !deed.runs.isEmpty()) {
      problem(deed.key, "its cancellation was acknowledged, yet it ran");
    }
    boolean withdrawn = deed.cancelTried && !Boolean.FALSE.equals(deed.cancelled);
    if (deed.id != null && !withdrawn && !deed.returned() && !deed.isDoomed()) {
      problem(deed.key, "P1, P3: its registration was acknowledged, yet it never returned");
    }
  }

  /** P2: every earlier owner of it must have ended; and its own job must have. */
  private void early(Deed deed) {
    for (int i = 0; i < deed.runs.size(); i++) {
      Run run = deed.runs.get(i);
      if (run.process.equals(deed.registrar) && !history.mightRun(deed, run.at)) {
        problem(deed.key, "P2: ran before its job ended");
      }
      List<String> owners = new ArrayList<>(List.of(deed.registrar));
      deed.runs.subList(0, i).forEach(before -> owners.add(before.process));
      for (String owner : owners) {
        if (!owner.equals(run.process) && !hadEnded(owner, run)) {
          problem(deed.key, "P2: ran in " + run.process + " while its owner " + owner + " lived");
        }
      }
    }
  }

  /** One that closes by itself is alive until its row says otherwise. */
  private boolean hadEnded(String owner, Run run) {
    return history.hadEnded(owner, run.at)
        || (history.hadBegunToClose(owner, run.at) && rows.hadClosed(owner, run.millis));
  }

  private void missing(Deed deed) {
    if (deed.id != null && !mayRemoveRows) {
      problem(deed.key, "P1: its registration was acknowledged as " + deed.id + ", yet has no row");
    }
  }

  private void state(Deed deed, Row row) {
    if (deed.id != null && deed.id != row.id() && !deed.handOverTried) {
      problem(deed.key, "was acknowledged as function " + deed.id + " and is row " + row.id());
    }
    boolean right =
        switch (row.state()) {
          case "done" -> deed.returned() && !deed.isDoomed();
          case "cancelled" ->
              deed.cancelTried && (deed.runs.isEmpty() || ranDespiteACancelThatFailed(deed));
          case "quarantined" -> deed.isDoomed() && row.attempts() == row.maxAttempts();
          default -> false;
        };
    boolean answered = !Boolean.TRUE.equals(deed.cancelled) || row.state().equals("cancelled");
    if (!right || !answered) {
      problem(deed.key, "ends as %s after %d attempts".formatted(row.state(), row.attempts()));
    }
  }

  /**
   * The log may hold a cancel whose caller was told that it failed; the process goes on without it,
   * and runs the function without a record if it cannot write one. The next process finds it.
   */
  private boolean ranDespiteACancelThatFailed(Deed deed) {
    return !Boolean.TRUE.equals(deed.cancelled)
        && deed.runs.stream().allMatch(run -> history.hasFaults(run.process));
  }

  /** P4: each execution has its attempt, and each that was not the last has a reason. */
  private void repetitions(Deed deed, Row row) {
    ListIterator<Attempt> attempts = row.history().listIterator();
    for (Iterator<Run> left = deed.runs.iterator(); left.hasNext(); ) {
      Run run = left.next();
      Attempt attempt = attemptOf(run, attempts);
      if (attempt == null && history.hasFaults(run.process)) {
        continue; // it ran without a record, and its process did not live to make up for that
      }
      if (attempt == null) {
        problem(deed.key, "ran in " + run.process + " without an attempt: " + row.history());
        return;
      }
      run.attempt = attempt.number();
      if (left.hasNext()) {
        repeated(deed, run, attempt);
      }
    }
  }

  /** An attempt without a logged begin was cut off between its commit and its function. */
  private static @org.jspecify.annotations.Nullable Attempt attemptOf(
      Run run, ListIterator<Attempt> attempts) {
    while (attempts.hasNext()) {
      Attempt attempt = attempts.next();
      if (attempt.process().equals(run.process)) {
        return attempt;
      }
      if (!attempt.outcome().equals("crashed")) {
        attempts.previous(); // it belongs to another run
        return null;
      }
    }
    return null;
  }

  private void repeated(Deed deed, Run run, Attempt attempt) {
    switch (attempt.outcome()) {
      case "crashed" -> afterDeath++;
      case "threw" -> {
        afterFailure++;
        if (run.end != EventLog.Kind.THROWS) {
          problem(deed.key, "attempt " + attempt.number() + " threw, as the database has it");
        }
      }
      default ->
          problem(deed.key, "P4: ran again after attempt " + attempt + "; nothing explains it");
    }
  }

  /** P5: within a job, a process makes first attempts in one order. */
  private void order() {
    Map<String, Integer> last = new HashMap<>();
    Map<Integer, Deed> byTime = new TreeMap<>();
    Map<Integer, String> processes = new HashMap<>();
    for (Deed deed : history.deeds()) {
      for (Run run : deed.runs) {
        if (Integer.valueOf(1).equals(run.attempt) && deed.runNow > run.at) {
          byTime.put(run.at, deed);
          processes.put(run.at, run.process); // not that of an earlier run without an attempt
        }
      }
    }
    byTime.forEach(
        (at, deed) -> {
          String process = Objects.requireNonNull(processes.get(at));
          boolean oldestFirst = history.isOldestFirst(deed.job(), process.equals(deed.registrar));
          Integer before = last.put(process + " " + deed.job(), deed.number());
          if (before != null && (before < deed.number()) != oldestFirst) {
            problem(deed.key, "P5: ran after number " + before + " of its job");
          }
        });
  }

  private void problem(String key, String what) {
    problems.add(key + ": " + what);
  }
}
