package dev.lastly.internal.store;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Statements on what some process could not call. */
final class UnresolvableTable {
  private UnresolvableTable() {}

  /** True if this is news. */
  static boolean report(Statements db, CalledCode code, String reason, long reportedBy, long now)
      throws SQLException {
    return db.update(
            """
            INSERT INTO unresolvable_function (function, class_digest, reason, reported_by, reported_at)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (function, class_digest) DO UPDATE
            SET reason = excluded.reason, reported_by = excluded.reported_by, reported_at = excluded.reported_at
            WHERE reason <> excluded.reason
            """,
            code.function(),
            code.classDigest() == null ? "" : code.classDigest(),
            reason,
            reportedBy,
            now)
        == 1;
  }

  /** A JSON array of [function, digest] pairs, for one statement of fixed text. */
  static String json(List<CalledCode> unresolvable) {
    return unresolvable.stream()
        .map(c -> "[" + quote(c.function()) + "," + quote(c.classDigest()) + "]")
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String quote(@Nullable String text) {
    StringBuilder json = new StringBuilder("\"");
    for (char c : (text == null ? "" : text).toCharArray()) {
      if (c < 0x20 || c == '"' || c == '\\') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"').toString();
  }
}
