package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOutcome;
import dev.lastly.internal.spi.ActTarget;
import dev.lastly.internal.spi.ActTarget.Verb;
import dev.lastly.internal.text.Text;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome.Kind;
import dev.lastly.model.Settings;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The acts of operators on functions of a fleet. Each changes one row under the condition that its
 * state is still the one that was seen, and writes one row of {@code operator_action} in the same
 * transaction. Committed on the server alone: an operator may be acting because a standby is away.
 * Thread-safe.
 */
public final class FleetActs {
  /** Functions in one transaction. */
  private static final int BATCH = 256;

  private static final String TARGET =
      """
      SELECT f.state, f.attempts, f.max_attempts, coalesce(f.not_before <= now(), false) AS due, f.owner_id,
             coalesce(o.pid, 0) AS pid, o.ended_at IS NOT NULL AS ended, f.presumed_owner
      FROM @.deferred_function f LEFT JOIN @.owner o ON o.id = f.owner_id WHERE f.id = ? FOR UPDATE OF f
      """;

  /** Adds as many attempts as the function has had, ten at most. */
  private static final String RETRY =
      """
      UPDATE @.deferred_function
      SET state = 'retry_wait', not_before = now(), finished_at = NULL, finished_xact = NULL,
          max_attempts = greatest(max_attempts, attempts + least(greatest(attempts, 1), 10))
      WHERE id = ? AND state = 'quarantined'
      """;

  private static final String HURRY =
      "UPDATE @.deferred_function SET not_before = now() WHERE id = ? AND state = 'retry_wait'";

  private static final String CANCEL =
      """
      UPDATE @.deferred_function SET state = 'cancelled', finished_at = now(), finished_xact = pg_current_xact_id()
      WHERE id = ? AND state = 'deferred'
      """;

  private static final String DISCARD =
      """
      UPDATE @.deferred_function SET state = 'discarded', finished_at = now(), finished_xact = pg_current_xact_id()
      WHERE id = ? AND state = 'quarantined'
      """;

  private static final String QUARANTINE =
      """
      UPDATE @.deferred_function f
      SET state = 'quarantined', not_before = NULL, last_error = ?, started_at = NULL, finished_at = now(),
          finished_xact = pg_current_xact_id()
      WHERE id = ? AND finished_at IS NULL
        AND EXISTS (SELECT 1 FROM @.owner o WHERE o.id = f.owner_id AND o.ended_at IS NOT NULL)
      """;

  /** Ends an attempt that the end of its owner cut off. */
  private static final String END_ATTEMPT =
      """
      INSERT INTO @.attempt (function_id, number, owner_id, started_at, finished_at, outcome, error, quarantined)
      SELECT id, attempts, owner_id, started_at, greatest(now(), started_at), 'crashed',
             'its process died; then a person quarantined the function', true
      FROM @.deferred_function WHERE id = ? AND state = 'running'
      """;

  private static final String LEFT_ORPHANS =
      "UPDATE @.owner SET left_orphans = true WHERE id = ? AND ended_at IS NOT NULL";

  private static final String RECORD =
      "INSERT INTO @.operator_action (os_user, action, function_id, reason) VALUES (?, ?, ?, ?)";

  private final FleetDatabase database;

  FleetActs(FleetDatabase database) {
    this.database = database;
  }

  /** A dry run is rolled back. */
  private static final class DryRunException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DryRunException() {
      super("a dry run changes nothing", null, false, false);
    }
  }

  /**
   * Carries out an act on each function. A dry run does the same, so that every constraint of the
   * database is checked, and then rolls back.
   *
   * @throws IllegalArgumentException if the reason is blank or too long
   */
  public List<FleetOutcome> act(Verb verb, List<UUID> functions, String reason, boolean dryRun) {
    requireReason(reason);
    List<FleetOutcome> outcomes = new ArrayList<>();
    try {
      return database.inTransaction(
          verb.columnValue(),
          Loss.NOTHING,
          db -> {
            outcomes.clear(); // the transaction may be repeated
            for (UUID id : functions) {
              outcomes.add(act(db, verb, id, reason, dryRun));
            }
            if (dryRun) {
              throw new DryRunException();
            }
            return outcomes;
          });
    } catch (DryRunException e) {
      return outcomes;
    }
  }

  /** Gives every quarantined function that matches further attempts. Returns how many. */
  public long retryAll(
      FleetFunctionFilter filter, String reason, boolean dryRun, Consumer<FleetOutcome> each) {
    requireReason(reason);
    if (!filter.states().isEmpty() && !filter.states().contains(FunctionState.QUARANTINED)) {
      return 0;
    }
    FleetFunctionFilter quarantined = filter.states(Set.of(FunctionState.QUARANTINED));
    UUID after = new UUID(0, 0);
    long count = 0;
    while (true) {
      FunctionQuery page = FunctionQuery.page(quarantined, after, BATCH);
      List<UUID> ids =
          database.single("read functions", page::list).stream().map(FleetFunctionRow::id).toList();
      if (ids.isEmpty()) {
        return count;
      }
      List<FleetOutcome> outcomes = act(Verb.RETRY, ids, reason, dryRun);
      outcomes.forEach(each);
      count += outcomes.stream().filter(outcome -> !outcome.isRefused()).count();
      after = ids.get(ids.size() - 1);
    }
  }

  /**
   * Records, on the word of an operator, that an owner is dead.
   *
   * @return whether that is news
   * @throws IllegalArgumentException if no owner has that id, or the reason is blank or too long
   * @throws IllegalStateException if it lives as far as the fleet can tell
   */
  public boolean force(UUID owner, String reason) {
    requireReason(reason);
    return FleetMembers.confirm(database, owner, user(), reason);
  }

  private static void requireReason(String reason) {
    if (Text.checked("reason", reason, Settings.MAX_LABEL_LENGTH).isBlank()) {
      throw new IllegalArgumentException(
          "no reason was given; say why: Lastly records the reason with the act");
    }
  }

  private static String user() {
    return System.getProperty("user.name", "unknown");
  }

  private static FleetOutcome act(
      FleetStatements db, Verb verb, UUID id, String reason, boolean dryRun) throws SQLException {
    Optional<ActTarget> found = db.find(row -> target(row, id), TARGET, id);
    if (found.isEmpty()) {
      String why =
          "there is no function " + id + "; it may have been pruned, or is in another fleet";
      return new FleetOutcome(id, Kind.REFUSED, null, null, why);
    }
    ActTarget target = found.get();
    String refusal = target.refusal(verb);
    if (refusal != null) {
      return new FleetOutcome(id, Kind.REFUSED, target.state(), null, refusal);
    }
    if (db.update(RECORD, user(), verb.columnValue(), id, reason) != 1
        || change(db, verb, target, id, reason) != 1) {
      throw new SQLException(
          String.format(
              Locale.ROOT,
              "function %s changed while this command ran; nothing was changed. Run the command"
                  + " again",
              id));
    }
    if (verb == Verb.RETRY) {
      int unused = db.update(LEFT_ORPHANS, target.owner().id()); // so that a reaper finds it
    }
    return new FleetOutcome(
        id,
        dryRun ? Kind.WOULD_BE_DONE : Kind.DONE,
        target.state(),
        after(verb),
        target.done(verb));
  }

  private static ActTarget target(ResultSet row, UUID id) throws SQLException {
    @Nullable UUID presumed = row.getObject("presumed_owner", UUID.class);
    return new ActTarget(
        id,
        FunctionState.fromColumn(FleetStatements.text(row, "state")),
        row.getInt("attempts"),
        row.getInt("max_attempts"),
        row.getBoolean("due"),
        new ActTarget.Owner(
            FleetStatements.id(row, "owner_id"), row.getLong("pid"), row.getBoolean("ended")),
        presumed);
  }

  private static int change(FleetStatements db, Verb verb, ActTarget target, UUID id, String reason)
      throws SQLException {
    return switch (verb) {
      case RETRY -> db.update(target.state() == FunctionState.QUARANTINED ? RETRY : HURRY, id);
      case CANCEL -> db.update(CANCEL, id);
      case DISCARD -> db.update(DISCARD, id);
      case QUARANTINE -> {
        int unused = db.update(END_ATTEMPT, id);
        yield db.update(QUARANTINE, reason, id);
      }
    };
  }

  private static FunctionState after(Verb verb) {
    return switch (verb) {
      case RETRY -> FunctionState.RETRY_WAIT;
      case CANCEL -> FunctionState.CANCELLED;
      case DISCARD -> FunctionState.DISCARDED;
      case QUARANTINE -> FunctionState.QUARANTINED;
    };
  }
}
