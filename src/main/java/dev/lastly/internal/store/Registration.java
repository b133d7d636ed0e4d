package dev.lastly.internal.store;

import dev.lastly.internal.store.FunctionTable.NewFunction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Registers a function of a job that has a row, by one statement; gives the function's id. Those
 * that have gathered are one statement together: fewer calls into SQLite for the same rows.
 *
 * @param place the file that it is written to
 * @param ids gives the ids
 * @param function what is registered
 */
record Registration(Place place, NextId ids, NewFunction function) implements WriteTask<Long> {
  /** Most in one statement. More would gain little, and each number is a statement of its own. */
  static final int MOST = 8;

  @Override
  public Long run(Statements db) throws SQLException {
    place.requireRecently(); // a promise into a deleted file would not be kept
    return ids.insert(db, function);
  }

  /** What a write registers; only of writes whose task is a registration. */
  static Registration of(PendingWrite<Long> write) {
    return (Registration) write.task();
  }

  /**
   * Runs those that stand one behind another in a transaction. Each has its own result or failure
   * afterwards: if SQLite refuses one of them, it has undone them all, and each is run by itself.
   */
  static void runTogether(Statements db, List<PendingWrite<Long>> writes) {
    try {
      long id = insertTogether(db, writes);
      for (PendingWrite<Long> write : writes) {
        write.succeed(id++);
      }
    } catch (SQLException e) {
      if (SqlErrors.isConstraint(e)) {
        writes.forEach(write -> write.run(db));
      } else {
        writes.forEach(write -> write.failAnew(e));
      }
    } catch (Throwable e) { // also errors: they are the callers', and the leader must go on
      writes.forEach(write -> write.failAnew(e));
    }
  }

  private static long insertTogether(Statements db, List<PendingWrite<Long>> writes)
      throws SQLException {
    List<NewFunction> functions = new ArrayList<>(writes.size());
    for (PendingWrite<Long> write : writes) {
      Registration registration = of(write);
      registration.place.requireRecently();
      functions.add(registration.function);
    }
    return of(writes.get(0)).ids.insertAll(db, functions);
  }
}
