package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.Statements;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the table {@code module} that this process knows, so that a registration need not
 * look for its own. They never change and are never deleted. Thread-safe.
 */
final class Modules {
  /** A program has as many as it has jars; whoever makes new ones all the time looks each time. */
  private static final int MOST = 1_000;

  private final Map<String, Long> known = new ConcurrentHashMap<>();

  /** Its row, if that is known to have been committed. */
  @Nullable Long idIfKnown(String origin) {
    return known.get(origin);
  }

  /**
   * Its row has been committed, and so has the registration that needed it: whatever happens here,
   * the caller must not hear that it failed.
   */
  void learn(String origin, Long id) {
    try {
      if (known.size() < MOST) {
        known.put(origin, id);
      }
    } catch (OutOfMemoryError e) { // the next registration looks for the row once more
      known.remove(origin);
    }
  }

  /** Finds its row, or makes it, inside the caller's transaction. */
  static long idOf(Statements db, String origin) throws SQLException {
    List<Long> found =
        db.list(row -> row.getLong(1), "SELECT id FROM module WHERE origin = ?", origin);
    return found.isEmpty()
        ? db.insert("INSERT INTO module (origin) VALUES (?)", origin)
        : found.get(0);
  }
}
