package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.Acknowledged.Ending;
import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.StoreException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Writes again what the database has acknowledged and then forgotten: after a failover to a standby
 * that did not have it, or a crash of the server. Each statement changes only rows of this owner
 * that are not as this owner knows them, so a needless run changes nothing. What a process knew
 * that has died meanwhile is lost. Thread-safe.
 */
final class Restoring {
  private static final Log log = Log.of(Restoring.class);

  private static final int PAGE = 1_000;

  private static final String THERE = "SELECT id FROM @.deferred_function WHERE id = ANY (?)";
  private static final String JOBS_THERE = "SELECT id FROM @.job WHERE id = ANY (?)";

  /** What an operator has cancelled may have been pruned. */
  private static final String ACTED_ON =
      "SELECT function_id AS id FROM @.operator_action WHERE function_id = ANY (?)";

  /** Not one that waits for a retry: after the proof of a death it is to be done again. */
  private static final String BEGUN =
      """
      UPDATE @.deferred_function SET state = 'running', attempts = attempts + 1, started_at = ?
      WHERE id = ANY (?) AND owner_id = ? AND state = 'deferred'
      """;

  /** Not what was done for an owner that was presumed dead: meanwhile that may be proven. */
  private static final String DONE =
      """
      UPDATE @.deferred_function
      SET state = 'done', last_error = NULL, finished_at = greatest(started_at, ?), finished_xact = pg_current_xact_id()
      WHERE id = ANY (?) AND owner_id = ? AND state = 'running' AND started_at < ? AND presumed_owner IS NULL
      """;

  private static final String CANCELLED =
      """
      UPDATE @.deferred_function SET state = 'cancelled', finished_at = now(), finished_xact = pg_current_xact_id()
      WHERE id = ANY (?) AND owner_id = ? AND state = 'deferred'
      """;

  private static final String COMMITTED =
      "UPDATE @.job SET committed_at = now() WHERE id = ANY (?) AND opened_by = ? AND committed_at"
          + " IS NULL";

  /** An attempt that began after the loss is not one that was forgotten. */
  private static final String FORGOTTEN =
      "WHERE id = ANY (?) AND owner_id = ? AND state = 'running' AND started_at < ?";

  private static final String FORGOTTEN_TO_HISTORY =
      """
      INSERT INTO @.attempt (function_id, number, owner_id, started_at, finished_at, outcome, error, quarantined)
      SELECT id, attempts, owner_id, started_at, greatest(started_at, ?), ?, ?, false FROM @.deferred_function
      """
          + FORGOTTEN
          + " FOR UPDATE";

  private static final String FORGOTTEN_AGAIN =
      """
      UPDATE @.deferred_function
      SET state = 'retry_wait', not_before = ?, started_at = NULL, last_error = ?,
          max_attempts = greatest(max_attempts, attempts + 1),
          presumed_owner = (SELECT o.id FROM @.owner o WHERE o.id = presumed_owner AND o.confirmed_at IS NULL)
      """
          + FORGOTTEN;

  private static final String DUE =
      """
      UPDATE @.deferred_function SET state = 'retry_wait', not_before = ?, last_error = ?
      WHERE id = ANY (?) AND owner_id = ? AND state = 'deferred'
      """;

  private static final String NO_END =
      "the database has forgotten how an attempt ended, in a failover or a crash";

  private static final String NOT_PROVEN =
      "the database has forgotten that it was done while its owner's death was not proven yet";

  private static final String NO_ROW =
      "the database has forgotten this function, in a failover or a crash; it was registered again";

  private final FleetOwner me;
  private final Acknowledged acknowledged;
  private final String commit;

  /**
   * Nothing is lost yet.
   *
   * @param commit the level of {@code synchronous_commit} of registrations
   */
  Restoring(FleetOwner me, String commit) {
    this.me = me;
    this.acknowledged = me.acknowledged();
    this.commit = commit;
  }

  /**
   * Looks for what was lost, if there is a suspicion, and writes it again.
   *
   * @throws StoreException if the database cannot be reached; the suspicion stays
   */
  void run() {
    if (!acknowledged.takeSuspicion()) {
      return;
    }
    boolean complete = false;
    try {
      Instant before = me.clock().instant(); // earlier than any look at what is acknowledged
      int endings = endings(before);
      int registrations = registrations();
      if (endings + registrations > 0) {
        log.warn(
            "{} has forgotten what it had acknowledged to owner {}, in a failover or a crash:"
                + " wrote {} registrations and {} outcomes again",
            me.database().place(),
            me.id(),
            registrations,
            endings);
        me.noteWork();
      }
      complete = true;
    } finally {
      if (!complete) {
        acknowledged.suspect();
      }
    }
  }

  /** One change of the rows of a page. */
  private interface Change {
    int of(FleetStatements db, List<UUID> page) throws SQLException;
  }

  private int inPages(List<UUID> all, Change change) {
    int changed = 0;
    for (List<UUID> page : pages(all)) {
      changed += changed(page, change);
    }
    return changed;
  }

  /** Changes the others, too, if the database refuses one. */
  private int changed(List<UUID> page, Change change) {
    try {
      return me.database()
          .inTransaction("write forgotten outcomes", Loss.NOTHING, db -> change.of(db, page));
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      if (page.size() == 1) {
        log.error("function or job {} stays as the database has it", page.get(0), e);
        return 0;
      }
    }
    int changed = 0;
    for (UUID one : page) {
      changed += changed(List.of(one), change);
    }
    return changed;
  }

  private static <T> List<List<T>> pages(List<T> all) {
    List<List<T>> pages = new ArrayList<>();
    for (int from = 0; from < all.size(); from += PAGE) {
      pages.add(all.subList(from, Math.min(all.size(), from + PAGE)));
    }
    return pages;
  }

  private int endings(Instant before) {
    int changed =
        inPages(
            acknowledged.ended(Ending.DONE),
            (db, page) -> {
              int unused = db.update(BEGUN, before.minusMillis(1), page, me.id());
              int done = db.update(DONE, before, page, me.id(), before);
              return done + again(db, page, before, AttemptOutcome.RETURNED, NOT_PROVEN);
            });
    changed +=
        inPages(
            acknowledged.ended(Ending.CANCELLED),
            (db, page) -> db.update(CANCELLED, page, me.id()));
    changed +=
        inPages(acknowledged.committedJobs(), (db, page) -> db.update(COMMITTED, page, me.id()));
    changed +=
        inPages(
            acknowledged.ended(Ending.FAILED),
            (db, page) ->
                again(db, page, before, AttemptOutcome.THREW, NO_END)
                    + db.update(DUE, before, NO_END, page, me.id()));
    return changed;
  }

  /** Attempts that are recorded as under way, and have ended. */
  private int again(
      FleetStatements db, List<UUID> page, Instant before, AttemptOutcome outcome, String why)
      throws SQLException {
    int moved =
        db.update(FORGOTTEN_TO_HISTORY, before, outcome.columnValue(), why, page, me.id(), before);
    int again = db.update(FORGOTTEN_AGAIN, before, why, page, me.id(), before);
    if (moved != again) {
      throw new SQLException("expected " + moved + " forgotten attempts, found " + again);
    }
    return again;
  }

  private int registrations() {
    int stored = 0;
    for (List<NewFunction> page : pages(acknowledged.unfinished())) {
      List<UUID> all = page.stream().map(NewFunction::id).toList();
      Set<UUID> functions = ids(THERE, all);
      Set<UUID> jobs = ids(JOBS_THERE, page.stream().map(NewFunction::job).distinct().toList());
      Set<UUID> actedOn = ids(ACTED_ON, all);
      for (NewFunction one : page) {
        if (!actedOn.contains(one.id())
            && (!functions.contains(one.id()) || jobs.add(one.job()))
            && acknowledged.isUnfinished(one.id())) {
          stored += store(one);
        }
      }
    }
    return stored;
  }

  private Set<UUID> ids(String sql, List<UUID> among) {
    return new HashSet<>(
        me.database()
            .single(
                "look for what was registered",
                db -> db.list(row -> FleetStatements.id(row, "id"), sql, among)));
  }

  private int store(NewFunction one) {
    int stored;
    try {
      stored =
          me.database()
              .durably(
                  "register " + one.id() + " again",
                  () -> {},
                  db -> one.withItsJob().store(db, me.id(), commit));
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      log.error("function {} is lost: it cannot be registered again", one.id(), e);
      return 0;
    }
    List<UUID> it = List.of(one.id());
    if (!acknowledged.isUnfinished(one.id())) { // cancelled meanwhile
      int unused = inPages(it, (db, page) -> db.update(CANCELLED, page, me.id()));
    } else if (acknowledged.isDue(one)) { // its job has looked for it before it was there again
      Instant now = me.clock().instant();
      int unused = inPages(it, (db, page) -> db.update(DUE, now, NO_ROW, page, me.id()));
    }
    return stored;
  }
}
