package dev.lastly.fleet.internal;

import dev.lastly.fleet.internal.FleetDatabase.Loss;
import dev.lastly.internal.spi.Upkeep;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Removes what finished long ago. Autovacuum does the rest. Thread-safe.
 *
 * <p>What is too much is known only to the database, and the nodes of a fleet may be many. So the
 * process that has finished functions prunes: the whole fleet about once for every {@link
 * #MOST_UNSEEN} functions. A process without work asks seldom.
 */
final class FleetUpkeep implements Upkeep {
  private static final int PAGE = 256;

  /** How often the watcher of a node prunes, whatever its process has finished; or sooner. */
  private static final Duration SELDOM = Duration.ofHours(1);

  /** One pruning for so many functions that have finished, or for a part of the limit. */
  private static final long MOST_UNSEEN = 1_000;

  private static final long PART_OF_LIMIT = 100;

  private static final String FINAL =
      "@.deferred_function WHERE finished_xact IS NOT NULL AND state IN ('done', 'cancelled',"
          + " 'discarded')";

  private static final String OLD =
      FINAL + " AND (finished_at < ? OR (finished_xact, id) <= (?::xid8, ?))";

  /** The newest of those that are too many. */
  private static final String TOO_MANY =
      "SELECT finished_xact::text AS xact, id FROM "
          + FINAL
          + " ORDER BY finished_xact DESC, id DESC OFFSET ? LIMIT 1";

  private static final String PRUNE =
      """
      WITH old AS (DELETE FROM @.deferred_function WHERE id IN (
        SELECT id FROM
      """
          + OLD
          + """
            ORDER BY finished_xact LIMIT ? FOR UPDATE SKIP LOCKED) RETURNING id, job_id, function),
          reports AS (DELETE FROM @.unresolvable_function u USING old WHERE u.function = old.function AND u.function_id = old.id)
          SELECT job_id FROM old
          """;

  private static final String PRUNE_JOBS =
      """
      DELETE FROM @.job j WHERE j.id = ANY (?)
        AND NOT EXISTS (SELECT 1 FROM @.deferred_function WHERE job_id = j.id)
        AND (j.closed_at IS NOT NULL
             OR NOT EXISTS (SELECT 1 FROM @.owner WHERE id = j.opened_by AND ended_at IS NULL))
      """;

  private static final TooMany NONE = new TooMany("0", new UUID(0, 0));

  private final FleetOwner me;

  // When to prune again: by System.nanoTime(), and by the number of functions that have finished.
  private volatile long pruneAt;
  private volatile long pruneAfter;

  /** Up to which function, in the order of their ends, there are too many. */
  private record TooMany(String xact, UUID id) {}

  FleetUpkeep(FleetOwner me) {
    this.me = me;
    planAt(0);
  }

  /** Random, so that many processes prune as often as one that does all their work. */
  private void planAt(long finished) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    Duration retention = me.settings().finishedRetention();
    Duration seldom = SELDOM.compareTo(retention) < 0 ? SELDOM : retention;
    pruneAt = System.nanoTime() + random.nextLong(1, 2 * seldom.toNanos());
    long unseen = Math.min(MOST_UNSEEN, me.settings().finishedLimit() / PART_OF_LIMIT);
    pruneAfter = finished + random.nextLong(1, Math.max(2, 2 * unseen));
  }

  @Override
  public boolean isPruner(boolean watching) {
    return me.finished().get() >= pruneAfter || (watching && System.nanoTime() - pruneAt >= 0);
  }

  @Override
  public PruningSteps prune(Duration retention, long limit) {
    long finished = me.finished().get();
    Instant before = FleetClock.instant(me.clock().now().minus(retention));
    TooMany tooMany =
        me.database()
            .single(
                "look for what is too much",
                db ->
                    db.find(
                        row ->
                            new TooMany(
                                FleetStatements.text(row, "xact"), FleetStatements.id(row, "id")),
                        TOO_MANY,
                        limit))
            .orElse(NONE);
    return new PruningSteps() {
      @Override
      public boolean hasMore() {
        boolean more =
            me.database()
                .single(
                    "look for what may be pruned",
                    db ->
                        db.find(
                                row -> row.getBoolean("more"),
                                "SELECT EXISTS (SELECT 1 FROM " + OLD + ") AS more",
                                before,
                                tooMany.xact(),
                                tooMany.id())
                            .orElse(false));
        if (!more) {
          planAt(finished);
        }
        return more;
      }

      @Override
      public int next() {
        return me.database()
            .inTransaction("prune", Loss.LAST_MOMENTS, db -> removed(db, before, tooMany));
      }
    };
  }

  private static int removed(FleetStatements db, Instant before, TooMany tooMany)
      throws SQLException {
    List<UUID> jobs =
        db.list(
            row -> FleetStatements.id(row, "job_id"),
            PRUNE,
            before,
            tooMany.xact(),
            tooMany.id(),
            PAGE);
    int unused = db.update(PRUNE_JOBS, jobs);
    Ends.settleBefore(db, before);
    return jobs.size();
  }

  @Override
  public void watch() {
    // Leases and silent nodes are looked at with each beat.
  }

  @Override
  public void compact() {
    // Autovacuum returns the space.
  }
}
