package dev.lastly.internal.store;

import dev.lastly.internal.spi.Log;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Statements that count rows. Most rows are finished functions, so no statement reads those: the
 * number of done functions is the number of ids minus the counts of all other states.
 */
final class CountTable {
  static final String UNFINISHED =
      """
      SELECT state, count(*) FROM deferred_function
      WHERE finished_at IS NULL GROUP BY state
      """;

  static final String QUARANTINED =
      "SELECT state, count(*) FROM deferred_function WHERE state = 'quarantined'";

  static final String GIVEN_UP =
      """
      SELECT state, count(*) FROM deferred_function
      WHERE state IN ('cancelled', 'discarded') GROUP BY state
      """;

  // SQLite keeps the written order of a cross join: owners first. Otherwise the planner may read
  // all unfinished functions, even those of living owners.
  static final String ORPHANS =
      """
      SELECT count(*) FROM owner o CROSS JOIN deferred_function f
        ON f.owner_id = o.id AND f.finished_at IS NULL
      WHERE o.left_orphans = 1
      """;

  static final String ORPHANS_OF =
      """
      SELECT count(*) FROM deferred_function
      WHERE owner_id = ? AND finished_at IS NULL
      """;

  static final String OLDEST_ORPHAN =
      """
      SELECT min(o.closed_at) FROM owner o
      WHERE o.left_orphans = 1
        AND EXISTS (SELECT 1 FROM deferred_function f
                    WHERE f.owner_id = o.id AND f.finished_at IS NULL)
      """;

  /** The table is usually empty; then the orphans need not be read. */
  static final String ANY_UNRESOLVABLE = "SELECT EXISTS (SELECT 1 FROM unresolvable_function)";

  private static final String REASONS =
      """
      SELECT ifnull(r.reason, c.reason), count(*), min(f.id) FROM %s CROSS JOIN deferred_function f
        ON f.owner_id = %s AND f.finished_at IS NULL
      LEFT JOIN code ON code.id = f.code_id
      LEFT JOIN unresolvable_function r
        ON r.function = ifnull(code.function, '') AND r.class_digest = ifnull(code.class_digest, '') AND r.function_id = f.id
      LEFT JOIN unresolvable_function c
        ON c.function = ifnull(code.function, '') AND c.class_digest = ifnull(code.class_digest, '') AND c.function_id = 0
      WHERE %s AND ifnull(r.reason, c.reason) IS NOT NULL GROUP BY 1
      """;

  /** An orphan that no process has looked at. Stops at the first. */
  private static final String UNREPORTED =
      """
      SELECT f.id FROM %s CROSS JOIN deferred_function f
        ON f.owner_id = %s AND f.finished_at IS NULL
      LEFT JOIN code ON code.id = f.code_id
      WHERE %s
        AND NOT EXISTS (SELECT 1 FROM unresolvable_function r
                        WHERE r.function = ifnull(code.function, '')
                          AND r.class_digest = ifnull(code.class_digest, '') AND r.function_id IN (0, f.id))
      LIMIT 1
      """;

  static final String UNRESOLVABLE =
      String.format(Locale.ROOT, REASONS, "owner o", "o.id", "o.left_orphans = 1");

  static final String UNRESOLVABLE_OF =
      String.format(Locale.ROOT, REASONS, "(SELECT ? AS id) o", "o.id", "1");

  static final String UNCLAIMED =
      String.format(Locale.ROOT, UNREPORTED, "owner o", "o.id", "o.left_orphans = 1");

  static final String UNCLAIMED_OF =
      String.format(Locale.ROOT, UNREPORTED, "(SELECT ? AS id) o", "o.id", "1");

  /** Functions of an owner that may be alive or dead. */
  static final String LEFT_ALONE =
      """
      SELECT count(*), min(id) FROM deferred_function WHERE owner_id = ? AND finished_at IS NULL
      """;

  private static final Log log = Log.of(CountTable.class);
  private static final int MOST_REASONS = 3;

  private static final String ENDED = "SELECT count(*) FROM owner WHERE closed_at IS NOT NULL";

  private static final String PRUNED = "SELECT functions FROM pruned";

  private CountTable() {}

  /**
   * Functions that wait for the same reason.
   *
   * @param functions how many
   * @param function the id of one of them
   */
  record Example(long functions, long function) {}

  /**
   * The counts, and functions that stand for others.
   *
   * @param partial the counts, without the reasons
   * @param examples of functions without a living owner, the most frequent first
   */
  record Counted(Records.Counts partial, List<Example> examples) {
    /** The counts, with the reasons why those functions wait. */
    Records.Counts counts(List<WaitingReason.SameReason> waiting) {
      return new Records.Counts(
          partial.functions(),
          partial.ownersEnded(),
          partial.orphans(),
          partial.oldestOrphan(),
          partial.unresolvable(),
          waiting,
          partial.pruned());
    }
  }

  static Counted counts(Statements db, OwnerVerdicts verdicts) throws SQLException {
    Collection<Long> dead = verdicts.deadIds();
    long orphans = db.number(ORPHANS);
    for (long owner : dead) {
      orphans += db.number(ORPHANS_OF, owner);
    }
    Map<String, Example> reasons = reasons(db, dead);
    long refused = reasons.values().stream().mapToLong(Example::functions).sum();
    List<String> frequent = mostFrequent(reasons);
    List<Example> examples = new ArrayList<>(frequent.stream().map(reasons::get).toList());
    if (orphans > refused) {
      firstUnclaimed(db, dead, orphans - refused).ifPresent(examples::add);
    }
    for (long owner : verdicts.unknown().keySet().stream().sorted().limit(MOST_REASONS).toList()) {
      db.forEach(
          row -> {
            if (row.getLong(1) > 0) {
              examples.add(new Example(row.getLong(1), row.getLong(2)));
            }
          },
          LEFT_ALONE,
          owner);
    }
    return new Counted(
        new Records.Counts(
            functions(db),
            db.number(ENDED),
            orphans,
            oldestOrphan(db),
            new Records.UnresolvableOrphans(refused, frequent),
            List.of(),
            db.number(PRUNED)),
        examples);
  }

  /** How many orphans wait for each reason that a process gave. */
  private static Map<String, Example> reasons(Statements db, Collection<Long> dead)
      throws SQLException {
    Map<String, Example> reasons = new HashMap<>();
    if (db.number(ANY_UNRESOLVABLE) == 1) {
      Statements.RowSink sum =
          row ->
              reasons.merge(
                  Statements.text(row, 1, ""),
                  new Example(row.getLong(2), row.getLong(3)),
                  (one, other) -> new Example(one.functions() + other.functions(), one.function()));
      db.forEach(sum, UNRESOLVABLE);
      for (long owner : dead) {
        db.forEach(sum, UNRESOLVABLE_OF, owner);
      }
    }
    return reasons;
  }

  private static List<String> mostFrequent(Map<String, Example> reasons) {
    return reasons.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<String, Example> e) -> e.getValue().functions())
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(MOST_REASONS)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static Optional<Example> firstUnclaimed(
      Statements db, Collection<Long> dead, long functions) throws SQLException {
    List<Long> ids = new ArrayList<>();
    db.forEach(row -> ids.add(row.getLong(1)), UNCLAIMED);
    for (long owner : dead) {
      if (ids.isEmpty()) {
        db.forEach(row -> ids.add(row.getLong(1)), UNCLAIMED_OF, owner);
      }
    }
    return ids.stream().findFirst().map(id -> new Example(functions, id));
  }

  private static @Nullable Instant oldestOrphan(Statements db) throws SQLException {
    @Nullable Instant[] oldest = {null};
    db.forEach(row -> oldest[0] = Statements.instantOrNull(row, 1), OLDEST_ORPHAN);
    return oldest[0];
  }

  private static void warn(long rows, String state) {
    log.warn(
        "{} functions have the state '{}', which does not exist, and are not counted: the database"
            + " is damaged, or was edited. Run lastly doctor",
        rows,
        state);
  }

  private static Map<FunctionState, Long> functions(Statements db) throws SQLException {
    Map<FunctionState, Long> counts = new EnumMap<>(FunctionState.class);
    for (FunctionState state : FunctionState.ofANode()) {
      counts.put(state, 0L);
    }
    long done = db.number(Pruning.GIVEN_OUT);
    long[] unknown = {0};
    for (String sql : new String[] {UNFINISHED, QUARANTINED, GIVEN_UP}) {
      db.forEach(
          row -> {
            Optional<FunctionState> state = FunctionTable.stateIfKnown(row, 1);
            if (state.isPresent()) {
              counts.put(state.get(), row.getLong(2));
            } else if (row.getLong(2) > 0) {
              unknown[0] += row.getLong(2);
              warn(row.getLong(2), Statements.text(row, 1, ""));
            }
          },
          sql);
    }
    for (long others : counts.values()) {
      done -= others;
    }
    done -= unknown[0];
    counts.put(FunctionState.DONE, done);
    return counts;
  }
}
