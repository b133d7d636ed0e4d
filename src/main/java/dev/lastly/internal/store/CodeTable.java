package dev.lastly.internal.store;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.FunctionReference;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The rows of the table {@code code}, and those of them that this process knows, so that a
 * registration need not look for its own. They never change and are never deleted. Thread-safe.
 */
final class CodeTable {
  static final String FIND =
      """
      SELECT id FROM code
      WHERE function = ? AND name = ? AND origin = ? AND ifnull(class_digest, '') = ifnull(?, '')
      """;

  private static final String INSERT =
      "INSERT INTO code (name, function, class_digest, origin) VALUES (?, ?, ?, ?)";

  /**
   * A program has as many as it defers functions of different names; one that makes new classes all
   * the time looks for the row each time.
   */
  private static final int MOST = 1_000;

  private record Key(
      String name, FunctionReference function, @Nullable String classDigest, String origin) {
    static Key of(EncodedCall call) {
      return new Key(call.name(), call.function(), call.classDigest(), call.module());
    }
  }

  private final Map<Key, Long> known = new ConcurrentHashMap<>();

  /** The row of the code that is called, if that row is known to have been committed. */
  @Nullable Long idIfKnown(EncodedCall call) {
    return known.get(Key.of(call));
  }

  /**
   * The row has been committed, and so has the registration that needed it: whatever happens here,
   * the caller must not hear that it failed.
   */
  void learn(EncodedCall call, Long id) {
    try {
      if (known.size() < MOST) {
        known.put(Key.of(call), id);
      }
    } catch (OutOfMemoryError e) { // the next registration looks for the row once more
      known.clear();
    }
  }

  /** Finds the row of the code that is called, or makes it, inside the caller's transaction. */
  static long idOf(Statements db, EncodedCall call) throws SQLException {
    String function = call.function().toString();
    List<Long> found =
        db.list(
            row -> row.getLong(1), FIND, function, call.name(), call.module(), call.classDigest());
    return found.isEmpty()
        ? db.insert(INSERT, call.name(), function, call.classDigest(), call.module())
        : found.get(0);
  }
}
