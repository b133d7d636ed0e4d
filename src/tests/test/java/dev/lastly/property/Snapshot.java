package dev.lastly.property;

import dev.lastly.model.FunctionState;
import dev.lastly.testkit.StoreInvariants;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the content of the database with the model. */
final class Snapshot {
  private final ModelWorld world;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Map<Long, Boolean> ended = new LinkedHashMap<>();

  /** A row of {@code deferred_function}. */
  record Row(
      String key,
      long id,
      long owner,
      long claimNo,
      String state,
      int attempts,
      @Nullable Long notBefore,
      @Nullable Long finishedAt,
      long finishedNo) {
    boolean isUnfinished() {
      return FunctionState.fromColumn(state).isUnfinished();
    }

    private static Row read(ResultSet row) throws SQLException {
      return new Row(
          row.getString("key"),
          row.getLong("id"),
          row.getLong("owner_id"),
          row.getLong("claim_no"),
          row.getString("state"),
          row.getInt("attempts"),
          row.getObject("not_before") == null ? null : (Long) row.getLong("not_before"),
          row.getObject("finished_at") == null ? null : (Long) row.getLong("finished_at"),
          row.getLong("finished_no"));
    }
  }

  private Snapshot(ModelWorld world) {
    this.world = world;
  }

  static Snapshot read(Connection connection, ModelWorld world) throws SQLException {
    StoreInvariants.all().check(connection);
    Snapshot snapshot = new Snapshot(world);
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row =
          statement.executeQuery(
              "SELECT arguments ->> 0 AS key, id, owner_id, claim_no, state, attempts, not_before,"
                  + " finished_at, finished_no FROM deferred_function")) {
        while (row.next()) {
          Row read = Row.read(row);
          snapshot.rows.put(read.key(), read);
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
    problem(!unknown.isEmpty(), "rows that no worker registered: " + unknown);
    world.functions.values().forEach(this::compare);
    long begun = world.functions.values().stream().mapToLong(f -> f.attempts).sum();
    long run = world.functions.values().stream().mapToLong(f -> f.runs.size()).sum();
    problem(run > begun, "P3: functions ran without a committed attempt");
    // What may have been begun in a commit that seemed to fail is not run, and answered.
    long misreports = world.workers.stream().mapToLong(w -> w.process().wire().misreports()).sum();
    problem(
        begun - run > world.deaths() + misreports, "P3: attempts were counted that no worker made");
  }

  private void owners() {
    for (ModelWorker worker : world.workers) {
      Boolean end = ended.get(worker.id());
      problem(end == null && !worker.hasEnded(), "the row has gone of " + worker);
      if (end == null) {
        world.saw("owner pruned");
      }
      problem(
          Boolean.TRUE.equals(end) && !worker.hasEnded(), "P2: it lives and is dead: " + worker);
    }
  }

  private void compare(Tracked f) {
    Row row = rows.get(f.key);
    if (row == null) {
      problem(f.registered && !f.mayBePruned, "P1: lost " + f);
      f.pruned = f.mayBePruned;
      return;
    }
    problem(f.pruned, "pruned, yet it is there: " + row);
    f.registered = true;
    move(f, row);
    f.attempts = row.attempts();
    ModelWorker owner =
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

  /** What the reference lets a row become. */
  private void move(Tracked f, Row row) {
    FunctionState state = FunctionState.fromColumn(row.state());
    problem(!reachable(f.state).contains(state), f.state + " became " + row);
    f.state = state;
    int attempts = row.attempts();
    boolean attempted = attempts != f.attempts;
    problem(
        state == FunctionState.QUARANTINED && attempts != Driver.MAX_ATTEMPTS,
        "quarantined before its time: " + row);
    Long due = row.notBefore();
    if (due != null && f.notBefore != null && due < f.notBefore && !attempted) {
      // The clock has stepped back, and the wait has become longer than any that is given.
      long most = Driver.MAX_BACKOFF.toMillis();
      problem(f.notBefore <= world.actionBegan() + most, "its wait was shortened: " + row);
      problem(due < world.actionBegan() + most, "its wait was shortened too much: " + row);
      problem(due > world.node.now() + most, "its wait was not shortened enough: " + row);
      world.saw("wait shortened");
    } else if (due != null && !due.equals(f.notBefore)) { // an attempt has failed, or was cut off
      long least = Driver.RETRY.backoffAfterCrash(attempts).toMillis();
      long most = Driver.RETRY.backoffAfter(attempts).toMillis();
      problem(due < world.actionBegan() + least, "its retry is due too soon: " + row);
      problem(due > world.node.now() + most, "its retry is due too late: " + row);
    }
    f.notBefore = due;
    if (row.claimNo() > 1) {
      world.saw("claimed again");
    }
  }

  private static Set<FunctionState> reachable(FunctionState from) {
    Set<FunctionState> states = EnumSet.of(from);
    while (states.addAll(states.stream().flatMap(state -> state.successors().stream()).toList())) {
      // until no state leads to a new one
    }
    if (from == FunctionState.QUARANTINED) {
      return EnumSet.of(from); // there is no operator here who decides
    }
    return states;
  }

  /** What must be true after a worker has reaped without a failure. */
  void compareAfterReaping(ModelWorker reaper, long since) {
    for (ModelWorker worker : world.workers) {
      problem(
          worker.hasEnded()
              && !world.hasJustEnded(worker)
              && Boolean.FALSE.equals(ended.get(worker.id())),
          "P3: its death was not noticed: " + worker);
    }
    for (Row row : rows.values()) {
      Tracked f = world.functions.get(row.key());
      if (f == null || !row.isUnfinished() || world.hasJustEnded(f.owner)) {
        continue;
      }
      boolean leaves = f.rare && !reaper.isCapable();
      Long waits = row.notBefore(); // an orphan stays with its owner until it is due
      boolean isDue = waits == null || waits <= since;
      problem(f.owner.hasEnded() && !leaves && isDue, "P3: an orphan was left behind: " + row);
      if (f.owner.hasEnded() && leaves) {
        world.saw("left for one who can");
      }
      if (f.owner == reaper && !f.waitsForItsJob()) {
        Long due = row.notBefore();
        problem(due == null, "P3: its job has ended, yet no worker will run it: " + row);
        problem(due != null && due <= since, "P3: a due retry was not made: " + row);
      }
    }
  }

  /** A manager that has closed has ended its jobs first: it leaves retries behind, no more. */
  void compareAfterClosing(ModelWorker closed) {
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
