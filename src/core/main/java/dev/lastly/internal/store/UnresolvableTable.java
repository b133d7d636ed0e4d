package dev.lastly.internal.store;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.store.FunctionTable.RowFence;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Statements on functions that a process cannot run: the record of a look, the reason, and the
 * return of a claimed function.
 *
 * <p>To find out whether it can run an orphan, a process decodes its arguments, which runs the
 * user's constructors. If such a constructor kills the process, no attempt has been counted, and
 * the next process would die of the same look. So a process records a look at such code before it
 * begins. If an owner died during a look, the next process claims the function without a look, and
 * the attempt is counted.
 *
 * <p>A function that a process cannot run waits. If the process had claimed it, the function
 * returns to the owner that left it, so that another process can claim it.
 */
final class UnresolvableTable {
  private static final String FATAL_LOOKS =
      """
      SELECT DISTINCT value FROM owner, json_each(owner.looking_at)
      WHERE closed_at IS NOT NULL AND looking_at IS NOT NULL
      """;

  /** Pruned rows do not matter: these numbers only grow. */
  private static final String RETURNS_VERSION =
      """
      SELECT ifnull(sum(seq), 0) FROM sqlite_sequence WHERE name = 'claim' OR name = 'operator_action'
      """;

  /** The owner that left the functions of a claim. */
  private static final String LEFT_BY =
      """
      SELECT o.id, o.pid, o.boot_id FROM claim c JOIN owner o ON o.id = c.from_owner
      WHERE c.id = ? AND c.to_owner = ? AND o.closed_at IS NOT NULL
      """;

  private UnresolvableTable() {}

  /** The functions at which ended owners looked when they died. */
  static Set<String> fatalLooks(Statements db) throws SQLException {
    return new TreeSet<>(db.list(row -> Statements.text(row, 1, ""), FATAL_LOOKS));
  }

  /** Records which functions an owner will look at. False if it has ended. */
  static boolean beginLook(Statements db, long ownerId, List<String> functions)
      throws SQLException {
    return db.update(
            "UPDATE owner SET looking_at = ? WHERE id = ? AND closed_at IS NULL",
            json(functions),
            ownerId)
        == 1;
  }

  /** Removes the record of {@link #beginLook}. */
  static boolean endLook(Statements db, long ownerId) throws SQLException {
    return db.update("UPDATE owner SET looking_at = NULL WHERE id = ?", ownerId) == 1;
  }

  private static String json(List<String> functions) {
    return functions.stream()
        .map(UnresolvableTable::quote)
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String quote(String text) {
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == '"' || c == '\\') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }

  /**
   * Records why a process cannot run functions. The reason of another process stays while that one
   * is open: otherwise two processes with different reasons would keep overwriting each other.
   */
  static void report(Statements db, List<Refusal> refusals, long reportedBy, long now)
      throws SQLException {
    for (Refusal refusal : refusals) {
      CalledCode code = refusal.code();
      db.update(
          """
          INSERT INTO unresolvable_function
            (function, class_digest, function_id, reason, reported_by, reported_at)
          VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (function, class_digest, function_id) DO UPDATE
          SET reason = excluded.reason, reported_by = excluded.reported_by, reported_at = excluded.reported_at
          WHERE reason <> excluded.reason
            AND (reported_by = excluded.reported_by
                 OR (SELECT closed_at FROM owner WHERE id = reported_by) IS NOT NULL)
          """,
          code.function(),
          code.classDigest() == null ? "" : code.classDigest(),
          row(refusal.function()),
          refusal.reason(),
          reportedBy,
          now);
    }
  }

  private static long row(@Nullable FunctionId function) {
    return function == null ? 0 : function.row();
  }

  /** Records why the owner of a function cannot run it, and replaces an earlier reason. */
  private static void say(Statements db, StoredFunction f, String reason, long now)
      throws SQLException {
    db.update(
        """
        INSERT INTO unresolvable_function
          (function, class_digest, function_id, reason, reported_by, reported_at)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (function, class_digest, function_id) DO UPDATE
        SET reason = excluded.reason, reported_by = excluded.reported_by, reported_at = excluded.reported_at
        """,
        f.code().function(),
        f.code().classDigest() == null ? "" : f.code().classDigest(),
        f.id().row(),
        reason,
        RowFence.of(f).ownerId(),
        now);
  }

  /** See {@link Store#returnsVersion}. */
  static long returnsVersion(Statements db) throws SQLException {
    return db.number(RETURNS_VERSION);
  }

  /** Postpones a function that has not begun. False if its row has changed since it was read. */
  static boolean postpone(Statements db, StoredFunction f, String reason, long notBefore, long now)
      throws SQLException {
    int changed =
        db.update(
            """
            UPDATE deferred_function SET state = 'retry_wait', not_before = ?, last_error = ?
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND attempts = ?
              AND state IN ('deferred', 'retry_wait')
            """,
            notBefore,
            reason,
            f.id().row(),
            RowFence.of(f).ownerId(),
            RowFence.of(f).claimNo(),
            f.attempts());
    if (changed == 1) {
      sayAndGiveBack(db, f, reason, now);
    }
    return changed == 1;
  }

  /** Records why a function waits, and returns it to the owner that left it, if it was claimed. */
  static void sayAndGiveBack(Statements db, StoredFunction f, String reason, long now)
      throws SQLException {
    say(db, f, reason, now);
    Long claimId = RowFence.of(f).claimId();
    if (claimId == null) {
      return;
    }
    List<OwnerTable.Key> leftBy =
        db.list(
            row -> new OwnerTable.Key(row.getLong(1), row.getLong(2), Statements.text(row, 3, "")),
            LEFT_BY,
            claimId,
            RowFence.of(f).ownerId());
    if (leftBy.isEmpty()) {
      return;
    }
    OwnerTable.Key origin = leftBy.get(0);
    String evidence = "function " + f.id() + " cannot be run by this owner: " + reason;
    long claim =
        ClaimTable.record(
            db, f, 1, RowFence.of(f).ownerId(), origin.id(), "RELEASED", evidence, now);
    int changed =
        db.update(
            """
            UPDATE deferred_function
            SET owner_id = ?, owner_pid = ?, owner_boot_id = ?, claim_no = claim_no + 1, claim_id = ?
            WHERE id = ? AND owner_id = ? AND claim_no = ? AND state = 'retry_wait'
            """,
            origin.id(),
            origin.pid(),
            origin.bootId(),
            claim,
            f.id().row(),
            RowFence.of(f).ownerId(),
            RowFence.of(f).claimNo());
    if (changed != 1) {
      throw SqlErrors.damaged("function " + f.id() + " changed while it was given back");
    }
  }
}
