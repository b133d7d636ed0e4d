package dev.lastly.internal.store;

import java.sql.SQLException;

/**
 * Registers functions under ids that it knows before: while this process is the only one that
 * registers, the next id is one more than its last. To ask SQLite for the id that it has given,
 * with {@code RETURNING}, costs more than all triggers of a registration. The database refuses an
 * id that is not the next (trigger {@code function_begins_well}), and then it is asked after all.
 *
 * <p>For one thread at a time: whoever leads the writer.
 */
final class NextId {
  private long last;
  private boolean alone; // nobody has registered anything between this process's last two

  /** Registers a function, and gives its id. */
  long insert(Statements db, FunctionTable.NewFunction function) throws SQLException {
    if (alone && isNext(db, last + 1, function)) {
      last++;
      return last;
    }
    long id = FunctionTable.insert(db, function);
    alone = id == last + 1;
    last = id;
    return id;
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
