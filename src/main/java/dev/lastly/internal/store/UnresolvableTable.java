package dev.lastly.internal.store;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.sqlite.Statements;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Statements on what some process could not call. */
final class UnresolvableTable {
  private UnresolvableTable() {}

  /**
   * Notes why a process cannot run something. What another process has said stays as long as that
   * one is open, so that two with different reasons do not take turns.
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

  /** Notes why the owner of a function cannot run it: what was said before is no longer so. */
  static void say(Statements db, StoredFunction f, String reason, long now) throws SQLException {
    db.update(
        """
        INSERT INTO unresolvable_function
          (function, class_digest, function_id, reason, reported_by, reported_at)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (function, class_digest, function_id) DO UPDATE
        SET reason = excluded.reason, reported_by = excluded.reported_by, reported_at = excluded.reported_at
        """,
        f.function(),
        f.classDigest() == null ? "" : f.classDigest(),
        f.id().row(),
        reason,
        RowFence.of(f).ownerId(),
        now);
  }

  /** A JSON array of [function, digest] pairs, for one statement of fixed text. */
  static String json(List<CalledCode> unresolvable) {
    return unresolvable.stream()
        .map(c -> "[" + quote(c.function()) + "," + quote(c.classDigest()) + "]")
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** A JSON text. */
  static String quote(@Nullable String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : (text == null ? "" : text).toCharArray()) {
      if (c < 0x20 || c == '"' || c == '\\') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
