package dev.lastly.internal.store;

import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Commits writes: several in one transaction, or each by itself if that fails. For one thread at a
 * time.
 */
final class Committer implements AutoCloseable {
  private final HeldConnection connection;
  private final WriteLockWait lockWait;
  private boolean synced = true; // what SqliteSource.writer opens with

  Committer(HeldConnection connection, WriteLockWait lockWait) {
    this.connection = connection;
    this.lockWait = lockWait;
  }

  /** Afterwards each write has either been committed or has a failure, its own or everybody's. */
  void commit(Batch batch) {
    try {
      if (!transact(batch)) {
        commitOneByOne(batch.writes());
      }
    } catch (Throwable together) { // also errors: whoever waits in the batch must hear of them
      batch.fail(together);
      if (batch.writes().size() > 1 && !isBusy(together)) {
        // Perhaps it was because of one (a row that fills the disk): the others must not suffer
        // for it, so each gets a transaction of its own. That the lock is not to be had is nobody's
        // fault, and has taken as long as anybody was to wait.
        commitOneByOne(batch.writes());
      }
    }
  }

  /** When one has waited for the lock in vain, those behind it have waited as long. */
  private void commitOneByOne(List<PendingWrite<?>> writes) {
    Throwable inVain = null;
    for (PendingWrite<?> write : writes) {
      if (inVain != null) {
        write.fail(inVain);
        continue;
      }
      commitAlone(write);
      inVain = isBusy(write.failure()) ? write.failure() : null;
    }
  }

  private static boolean isBusy(@Nullable Throwable failure) {
    return failure instanceof SQLException e && SqlErrors.isBusy(e);
  }

  /** Runs a task that only reads. */
  <T> T read(Readers.ReadTask<T> task) throws SQLException {
    try {
      return task.run(connection.open());
    } catch (Throwable e) { // whatever it was, the result may still be open
      evict();
      throw e;
    }
  }

  private void commitAlone(PendingWrite<?> write) {
    try {
      use(
          write.synced(),
          open -> {
            runAlone(open, write);
            return true;
          });
    } catch (Throwable alone) { // as above
      write.fail(alone);
    }
  }

  /**
   * On a normal return each write has either been committed or has failed on its own; or, if that
   * is false, nothing has been changed, because one that has failed cannot be undone by itself.
   */
  private boolean transact(Batch batch) throws SQLException {
    return use(
        batch.isSynced(),
        open -> {
          if (batch.isAlone()) {
            runAlone(open, batch.writes().get(0));
            return true;
          }
          begin(open);
          boolean good = runAll(open, batch);
          open.execute(good ? "COMMIT" : "ROLLBACK");
          return good;
        });
  }

  /** What is done with the connection. */
  @FunctionalInterface
  private interface Transaction {
    boolean run(Statements open) throws SQLException;
  }

  private boolean use(boolean synced, Transaction transaction) throws SQLException {
    Statements open = connection.open();
    try {
      synchronous(open, synced);
      return transaction.run(open);
    } catch (Throwable e) { // whatever it was, this connection may be inside a transaction
      evict();
      throw e;
    } finally {
      lockWait.released();
    }
  }

  private void begin(Statements open) throws SQLException {
    lockWait.run(() -> open.execute("BEGIN IMMEDIATE"));
  }

  private void runAlone(Statements open, PendingWrite<?> write) throws SQLException {
    if (!write.isStatement()) {
      begin(open);
    } else if (lockWait.runAtOnce(() -> runByItself(open, write))) {
      return;
    } else {
      // Who waits gives its place in the line back as soon as it has the lock, not after a commit.
      lockWait.await(() -> open.execute("BEGIN IMMEDIATE"));
    }
    write.run(open);
    open.execute(write.failure() == null ? "COMMIT" : "ROLLBACK");
  }

  /**
   * A statement outside a transaction is one: it takes the lock, and commits. BEGIN and COMMIT
   * around it would be two statements more for each registration.
   */
  private static void runByItself(Statements open, PendingWrite<?> write) throws SQLException {
    write.run(open);
    if (write.failure() instanceof SQLException e && !SqlErrors.isConstraint(e)) {
      throw e; // the lock was not to be had; or whatever it was, the connection may not be sound
    }
  }

  /**
   * Whether all can be committed. There are no savepoints between them: SQLite would keep a copy of
   * each page that a write is the first to change, and hardly ever is one of them undone.
   */
  private static boolean runAll(Statements open, Batch batch) throws SQLException {
    for (PendingWrite<?> write = batch.next(); write != null; write = batch.next()) {
      for (PendingWrite<?> done : runWithItsLike(open, batch, write)) {
        if (done.failure() != null && !isUndone(done)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Runs one write, and if it is a registration those that stand behind it; tells which. */
  private static List<? extends PendingWrite<?>> runWithItsLike(
      Statements open, Batch batch, PendingWrite<?> write) {
    PendingWrite<Long> registration = write.asRegistration();
    if (registration != null) {
      List<PendingWrite<Long>> together = batch.withThoseBehind(registration);
      if (together.size() > 1) {
        Registration.runTogether(open, together);
        return together;
      }
    }
    write.run(open);
    return List.of(write);
  }

  /** Whether what has failed has left nothing behind, and concerns nobody else. */
  private static boolean isUndone(PendingWrite<?> write) throws SQLException {
    if (write.failure() instanceof SQLException e) {
      if (!SqlErrors.isConstraint(e)) {
        throw new SQLException("another write of the same transaction failed", e);
      }
      return write.isStatement(); // SQLite undoes a statement that fails
    }
    return false;
  }

  /** SQLite refuses to change this inside a transaction, and applies it to those that follow. */
  private void synchronous(Statements open, boolean toDevice) throws SQLException {
    if (synced != toDevice) {
      open.execute(toDevice ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
      synced = toDevice;
    }
  }

  /**
   * Throws the connection away: after a failed BEGIN, COMMIT or ROLLBACK nobody can be sure of its
   * state. Closing it rolls back whatever is open.
   */
  private void evict() {
    connection.evict();
    synced = true;
  }

  @Override
  public void close() {
    connection.close();
  }
}
