package dev.lastly.internal.store;

import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Registers functions under ids that it knows before: while this process is the only one that
 * registers, the next id is one more than its last. To ask SQLite for the id that it has given,
 * with {@code RETURNING}, costs more than all triggers of a registration. The database refuses an
 * id that is not the next (trigger {@code function_begins_well}), and then it is asked after all.
 *
 * <p>To be refused costs more than is gained. Processes that register at the same time do so in
 * turns, so after a pause somebody else has had one, and nothing is tried.
 *
 * <p>For one thread at a time: whoever leads the writer.
 */
final class NextId {
  /** Less than any {@link Turn} takes. */
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final LongSupplier nanoTime;
  private long last;
  private long lastNanos;
  private boolean alone; // nobody has registered anything between this process's last two

  NextId(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Registers a function, and gives its id. */
  long insert(Statements db, FunctionTable.NewFunction function) throws SQLException {
    boolean known = alone && nanoTime.getAsLong() - lastNanos < PAUSE_NANOS;
    alone = false; // unless all goes well
    long next = last + 1;
    long id = known && isNext(db, next, function) ? next : FunctionTable.insert(db, function);
    alone = id == next;
    last = id;
    lastNanos = nanoTime.getAsLong();
    return id;
  }

  /** Registers several, and gives the id of the first; the others have those that follow. */
  long insertAll(Statements db, List<FunctionTable.NewFunction> functions) throws SQLException {
    alone = false; // unless all goes well
    long first = FunctionTable.insertAll(db, functions);
    alone = first == last + 1;
    last = first + functions.size() - 1;
    lastNanos = nanoTime.getAsLong();
    return first;
  }

  private static boolean isNext(Statements db, long id, FunctionTable.NewFunction function)
      throws SQLException {
    try {
      FunctionTable.insert(db, id, function);
      return true;
    } catch (SQLException e) {
      if (!SqlErrors.isConstraint(e)) {
        throw e;
      }
      return false; // if it was not the id, it will be refused again, and that is heard of
    }
  }
}
