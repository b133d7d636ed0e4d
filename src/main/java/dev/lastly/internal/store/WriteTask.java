package dev.lastly.internal.store;

import java.sql.SQLException;

/** What one caller wants done in a write transaction. It may be run again after a rollback. */
@FunctionalInterface
interface WriteTask<T> {
  T run(Statements statements) throws SQLException;
}
