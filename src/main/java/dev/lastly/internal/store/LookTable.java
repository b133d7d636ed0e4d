package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.Statements;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Statements on looks: a process that looks whether it can run an orphan decodes its arguments,
 * which runs constructors of the user's. If one of them kills the process, no attempt has been
 * counted, and the next process would die of the same look. So a look at such code is written down
 * before, and what an owner was looking at when it died, the next one claims without a look: then
 * the attempt is counted.
 */
final class LookTable {
  static final String FATAL =
      """
      SELECT DISTINCT value FROM owner, json_each(owner.looking_at)
      WHERE closed_at IS NOT NULL AND looking_at IS NOT NULL
      """;

  private LookTable() {}

  /** The functions at which owners that have ended were looking when they died. */
  static Set<String> fatal(Statements db) throws SQLException {
    return new TreeSet<>(db.list(row -> Statements.text(row, 1, ""), FATAL));
  }

  static boolean begin(Statements db, long ownerId, List<String> functions) throws SQLException {
    return db.update(
            "UPDATE owner SET looking_at = ? WHERE id = ? AND closed_at IS NULL",
            json(functions),
            ownerId)
        == 1;
  }

  static boolean end(Statements db, long ownerId) throws SQLException {
    return db.update("UPDATE owner SET looking_at = NULL WHERE id = ?", ownerId) == 1;
  }

  private static String json(List<String> functions) {
    return functions.stream()
        .map(UnresolvableTable::quote)
        .collect(Collectors.joining(",", "[", "]"));
  }
}
