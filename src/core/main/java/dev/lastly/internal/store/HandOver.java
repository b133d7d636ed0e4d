package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/**
 * Statements that hand an open job over to another owner that lives. No row leaves an owner that
 * has not ended, so the functions are cancelled here and registered there, as an open job of that
 * owner, in one transaction. Stateless.
 */
final class HandOver {
  /** One transaction writes them all, so their number bounds how long other writers wait. */
  static final int MOST = 4_096;

  private static final String HEIR =
      "SELECT pid, boot_id FROM owner WHERE id = ? AND closed_at IS NULL";

  static final String COUNT =
      """
      SELECT count(*) FROM deferred_function
      WHERE owner_id = ? AND job_id = ? AND finished_at IS NULL AND state = 'deferred'
      """;

  static final String COPY =
      """
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments, checksum,
                                     options, runs_first, max_attempts, registered_at)
      SELECT ?, ?, ?, ?, code_id, arguments, checksum, options, runs_first, max_attempts, ?
      FROM deferred_function
      WHERE owner_id = ? AND job_id = ? AND finished_at IS NULL AND state = 'deferred'
      ORDER BY id
      """;

  static final String CANCEL =
      """
      UPDATE deferred_function
      SET state = 'cancelled', output = ?, finished_at = ?, finished_no = (SELECT last + 1 FROM change)
      WHERE owner_id = ? AND job_id = ? AND finished_at IS NULL AND state = 'deferred'
      """;

  private HandOver() {}

  private record Heir(long pid, String bootId) {}

  /**
   * What was handed over.
   *
   * @param job the job there
   * @param lastFunction its newest function
   * @param change the number of the change that cancelled the functions here; 0 if there were none
   */
  record Result(long job, long lastFunction, long change) {}

  /**
   * Hands over what has not begun, and records the end of the job here.
   *
   * @throws IllegalArgumentException if no open owner has that id, or it is this one
   * @throws IllegalStateException if there are too many functions
   */
  static Result run(Statements db, long job, long from, long to, long now) throws SQLException {
    List<Heir> heirs =
        from == to
            ? List.of()
            : db.list(row -> new Heir(row.getLong(1), Statements.text(row, 2, "")), HEIR, to);
    if (heirs.size() != 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "job %d was not handed over: %s. See lastly owners",
              job,
              from == to ? "owner " + to + " has it" : "no open owner has the id " + to));
    }
    Heir heir = heirs.get(0);
    long count = db.number(COUNT, from, job);
    if (count > MOST) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "job %d was not handed over: it has %d functions, and at most %d are handed over at"
                  + " once, because other workers wait for that",
              job,
              count,
              MOST));
    }
    long there =
        db.insert(
            "INSERT INTO job (name, opened_by, opened_at, committed_at) SELECT name, ?, opened_at,"
                + " committed_at FROM job WHERE id = ?",
            to,
            job);
    requireAll(count, db.update(COPY, there, to, heir.pid(), heir.bootId(), now, from, job));
    long last = db.number(FunctionTable.HIGHEST_ID);
    String where = "handed over to owner " + to + " as job " + there;
    requireAll(count, db.update(CANCEL, where, now, from, job));
    long change = count == 0 ? 0 : db.number("SELECT last FROM change");
    requireAll(
        1, db.update("UPDATE job SET closed_at = ? WHERE id = ? AND closed_at IS NULL", now, job));
    return new Result(there, last, change);
  }

  /** The transaction holds the write lock, so only damage makes a difference. */
  private static void requireAll(long expected, long changed) throws SQLException {
    if (changed != expected) {
      throw SqlErrors.damaged(
          String.format(
              Locale.ROOT, "%d rows changed where %d were to be handed over", changed, expected));
    }
  }
}
