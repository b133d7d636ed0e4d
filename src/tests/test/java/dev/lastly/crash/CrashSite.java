package dev.lastly.crash;

import static dev.lastly.crash.EventLog.Kind.GONE;

import dev.lastly.support.Database;
import dev.lastly.testkit.StoreInvariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Kills one scenario again and again: restores its state directory, plays it in a child that a
 * {@link Killer} has armed, recovers with a new owner, and judges. For one thread.
 */
public final class CrashSite implements AutoCloseable {
  /** More than any scenario has: an enumeration that never ends is a defect of its own. */
  private static final int MOST_BOUNDARIES = 20_000;

  private final Scenario scenario;
  private final Path directory;
  private final Path base;
  private final EventLog log;
  private final StateFiles files;
  private final Recoverer recoverer;

  /**
   * Prepares a scenario. One process recovers after all kills.
   *
   * @param directory an empty one
   */
  public CrashSite(Scenario scenario, Path directory) throws Exception {
    this(scenario, directory, Integer.MAX_VALUE);
  }

  /**
   * Prepares a scenario.
   *
   * @param directory an empty one
   * @param recoveries after how many kills another process recovers; 1 for a fresh one each time
   */
  CrashSite(Scenario scenario, Path directory, int recoveries) throws Exception {
    this.scenario = scenario;
    this.directory = directory;
    // The log lies within, so that it is kept and brought back with the rest.
    Path state = Files.createDirectories(directory.resolve("state"));
    this.base = state.resolve("base");
    this.log = new EventLog(state.resolve("log"));
    this.files = new StateFiles(state, directory.resolve("kept"));
    try (CrashChild preparer = launcher("prepare").start()) {
      if (preparer.run()) {
        throw new AssertionError("who prepares " + scenario.text() + " must be killed");
      }
      tellThatItIsGone();
    }
    files.keep();
    this.recoverer = new Recoverer(recoveries);
  }

  /**
   * What an enumeration has seen.
   *
   * @param boundaries the last at which the child was killed: how many there are, if it was killed
   *     at every one
   * @param kills at how many the child was killed
   * @param repeated how many executions were repeated because their process had died
   */
  public record Count(int boundaries, int kills, int repeated) {
    /** One line for people. */
    public String line(Scenario scenario, Killer killer) {
      return "crash: %s: killed at %d of %d boundaries (%s), %d runs repeated"
          .formatted(scenario.text(), kills, boundaries, killer.boundary(), repeated);
    }
  }

  /**
   * What one play ended in.
   *
   * @param survived whether the child was not killed: there is no such boundary
   * @param where it was killed
   * @param findings of the judge
   */
  public record Outcome(boolean survived, String where, Judge.Findings findings) {}

  /** Kills at boundary 1, 2, 3 …, as far as the budget goes, until a child survives. */
  public Count everyBoundary(Killer killer) throws Exception {
    return through(killer, Portion.ofThisRun().all().map(this::bounded));
  }

  private int bounded(int boundary) {
    if (boundary > MOST_BOUNDARIES) {
      throw new AssertionError(scenario.text() + " never survives");
    }
    return boundary;
  }

  /** Kills at each of these boundaries, up to the first that a child survives. */
  public Count through(Killer killer, IntStream boundaries) throws Exception {
    PrimitiveIterator.OfInt numbers = boundaries.iterator();
    int last = 0;
    int kills = 0;
    int repeated = 0;
    CrashChild armed = null;
    int n = 0;
    try {
      while (armed != null || numbers.hasNext()) {
        CrashChild child = armed;
        int at = n;
        n = numbers.hasNext() ? numbers.nextInt() : 0;
        armed = n == 0 ? null : armed(killer, n); // starts while its predecessor is judged
        if (child == null) {
          continue;
        }
        Outcome outcome = play(child, killer, at);
        if (outcome.survived()) {
          break;
        }
        last = at;
        kills++;
        repeated += outcome.findings().afterDeath();
      }
      return new Count(last, kills, repeated);
    } finally {
      if (armed != null) {
        armed.close();
      }
    }
  }

  /** Plays it to the end, and returns where a statement's boundaries are, in order. */
  public List<String> boundaries() throws Exception {
    Killer unarmed = Killer.atStatements();
    if (!play(armed(unarmed, 0), unarmed, 0).survived()) {
      throw new AssertionError(scenario.text() + " dies although no kill is planned");
    }
    return log.events().stream()
        .filter(e -> e.kind() == EventLog.Kind.BOUNDARY)
        .map(EventLog.Event::detail)
        .toList();
  }

  /** Kills at one boundary. */
  public Outcome kill(Killer killer, int n) throws Exception {
    return play(armed(killer, n), killer, n);
  }

  /** The log of the last play. */
  public EventLog log() {
    return log;
  }

  /** A copy of {@link #base} from before each play; it exists if the preparation has made it. */
  Path before() {
    return directory.resolve("kept").resolve("base");
  }

  /** Where the managers are opened. */
  public Path base() {
    return base;
  }

  private Outcome play(CrashChild child, Killer killer, int n) throws Exception {
    String where = "before the kill";
    try (child) {
      files.restore();
      boolean survived = child.run();
      where = survived ? "by nothing" : killer.where(log);
      tellThatItIsGone();
      return new Outcome(survived, where, recovered());
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "%s, killed at %s boundary %d, %s:\n  %s\n%s"
              .formatted(scenario.text(), killer.boundary(), n, where, e.getMessage(), story()),
          e);
    }
  }

  private Judge.Findings recovered() throws Exception {
    Path copy = directory.resolve("copy");
    StateFiles.copyAsIs(base, copy);
    recoverer.recover(base);
    checkWhatTheKillLeft(copy);
    StoreInvariants.all().check(Database.file(base));
    Judge.Findings findings = Judge.judge(log, Database.file(base), scenario.mayRemoveRows());
    if (!findings.problems().isEmpty()) {
      throw new AssertionError(String.join("\n  ", findings.problems()));
    }
    return findings;
  }

  /**
   * Looks at a copy: opening the database itself would recover it. Before a migration is through,
   * the rules of the new version do not apply.
   */
  private void checkWhatTheKillLeft(Path copy) throws Exception {
    Path database = Database.file(copy);
    if (Files.exists(database) && version(database).equals(version(Database.file(base)))) {
      StoreInvariants.all().check(database);
    }
  }

  /** For writing, too: what a kill leaves may have a journal that has to be rolled back. */
  private static String version(Path database) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA user_version")) {
      return row.getString(1);
    }
  }

  private CrashChild armed(Killer killer, int n) throws IOException {
    CrashChild.Launcher launcher = launcher("play");
    killer.arm(launcher, n);
    return launcher.start();
  }

  private CrashChild.Launcher launcher(String act) throws IOException {
    Path errors = Files.createTempFile(directory, "child", ".err");
    return new CrashChild.Launcher(
        errors, act, scenario.name(), base.toString(), log.file().toString());
  }

  private void tellThatItIsGone() throws IOException {
    String process = lastStarted();
    if (process != null) {
      log.append(GONE, process);
    }
  }

  private @Nullable String lastStarted() throws IOException {
    return log.events().stream()
        .filter(e -> e.kind() == EventLog.Kind.STARTS)
        .reduce((a, b) -> b)
        .map(EventLog.Event::process)
        .orElse(null);
  }

  private String story() throws IOException {
    List<String> lines = log.events().stream().map(Record::toString).toList();
    return "the log:\n    " + String.join("\n    ", lines);
  }

  @Override
  public void close() {
    recoverer.close();
  }
}
