package dev.lastly.property;

import dev.lastly.testkit.StoreInvariants;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the database says, compared with what the model knows. */
final class Snapshot {
  private final World world;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Map<Long, Boolean> ended = new LinkedHashMap<>();

  /** A row of {@code deferred_function}. */
  record Row(
      String key,
      int job,
      long owner,
      String state,
      int attempts,
      int maxAttempts,
      @Nullable Long notBefore) {
    boolean isUnfinished() {
      return state.equals("deferred") || state.equals("running") || state.equals("retry_wait");
    }
  }

  private Snapshot(World world) {
    this.world = world;
  }

  static Snapshot read(Connection connection, World world, boolean times) throws SQLException {
    StoreInvariants invariants = StoreInvariants.all();
    (times ? invariants : invariants.withoutTimes()).check(connection);
    Snapshot snapshot = new Snapshot(world);
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row =
          statement.executeQuery(
              "SELECT arguments ->> 0, name, owner_id, state, attempts, max_attempts, not_before,"
                  + " job_id FROM deferred_function")) {
        while (row.next()) {
          Long notBefore = row.getObject(7) == null ? null : (Long) row.getLong(7);
          snapshot.rows.put(
              row.getString(1),
              new Row(
                  row.getString(1),
                  row.getInt(8),
                  row.getLong(3),
                  row.getString(4),
                  row.getInt(5),
                  row.getInt(6),
                  notBefore));
        }
      }
      try (ResultSet row = statement.executeQuery("SELECT id, closed_at IS NOT NULL FROM owner")) {
        while (row.next()) {
          snapshot.ended.put(row.getLong(1), row.getBoolean(2));
        }
      }
    }
    return snapshot;
  }

  Map<String, Row> rows() {
    return rows;
  }

  long count(String state) {
    return rows.values().stream().filter(row -> row.state().equals(state)).count();
  }

  /** What must be true after every step, whatever happened in it. */
  void compare() {
    owners();
    List<String> unknown = new ArrayList<>(rows.keySet());
    unknown.removeAll(world.functions.keySet());
    problem(!unknown.isEmpty(), "rows that nobody registered: " + unknown);
    world.functions.values().forEach(this::compare);
    long begun = rows.values().stream().mapToLong(Row::attempts).sum();
    long run = world.functions.values().stream().mapToLong(f -> f.runs.size()).sum();
    problem(run > begun, "P3: functions ran without a committed attempt");
    problem(begun - run > world.deaths(), "P3: attempts were counted that nobody made");
  }

  private void owners() {
    for (Worker worker : world.workers) {
      Boolean end = ended.get(worker.id());
      problem(end == null, "the row has gone of " + worker);
      problem(
          Boolean.TRUE.equals(end) && !worker.hasEnded(), "P2: it lives and is dead: " + worker);
    }
  }

  private void compare(Tracked f) {
    Row row = rows.get(f.key);
    if (row == null) {
      problem(f.registered, "P1: lost " + f);
      return;
    }
    f.registered = true;
    f.attempts = row.attempts();
    Worker owner =
        world.workers.stream().filter(w -> w.id() == row.owner()).findAny().orElseThrow();
    problem(owner != f.owner && !f.owner.hasEnded(), "P2: taken by " + owner + ": " + f);
    f.owner = owner;
    boolean cancelled = row.state().equals("cancelled");
    f.cancelled |= cancelled && f.cancelUnanswered;
    problem(cancelled != f.cancelled, "cancelled: " + f.cancelled + ", its row: " + row);
    f.done = row.state().equals("done");
    problem(f.done && f.returned == null, "P3: done, yet it has never returned: " + f);
    problem(f.runs.size() > row.attempts(), "P3: an attempt was not counted: " + f);
    problem(
        f.waitsForItsJob() && !cancelled && !row.state().equals("deferred"),
        "P2: started before its job has ended: " + row);
  }

  /** What must be true after a worker has reaped and nothing went wrong meanwhile. */
  void compareAfterReaping(Worker reaper, long since) {
    for (Worker worker : world.workers) {
      problem(
          worker.hasEnded() && !Boolean.TRUE.equals(ended.get(worker.id())),
          "P3: its death was not noticed: " + worker);
    }
    for (Row row : rows.values()) {
      Tracked f = world.functions.get(row.key());
      if (f == null || !row.isUnfinished()) {
        continue;
      }
      problem(f.owner.hasEnded(), "P3: an orphan was left behind: " + row);
      if (f.owner == reaper && !f.waitsForItsJob()) {
        Long due = row.notBefore();
        problem(due == null, "P3: its job has ended, yet nobody will run it: " + row);
        problem(due != null && due <= since, "P3: a due retry was not made: " + row);
      }
    }
  }

  /** A manager that has closed has ended its jobs first: it leaves retries behind, no more. */
  void compareAfterClosing(Worker closed) {
    for (Row row : rows.values()) {
      problem(
          row.owner() == closed.id() && row.isUnfinished() && row.notBefore() == null,
          "closed before its functions were run: " + row);
    }
  }

  private void problem(boolean is, String text) {
    if (is) {
      world.problems.add(text);
    }
  }
}
