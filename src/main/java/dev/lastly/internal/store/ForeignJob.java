package dev.lastly.internal.store;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.sqlite.Statements;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/**
 * Registers a function in a job that another process has open. That owner finds it among the rows
 * when it ends the job.
 */
final class ForeignJob {
  private static final String JOB =
      """
      SELECT o.pid, o.boot_id, o.closed_at IS NOT NULL, j.closed_at IS NOT NULL
      FROM job j JOIN owner o ON o.id = j.opened_by
      WHERE j.id = ? AND o.id = ?
      """;

  private ForeignJob() {}

  private record Found(OwnerKey owner, boolean ownerEnded, boolean jobEnded) {}

  /** Throws IllegalStateException if the job has ended. */
  static long register(
      Statements db, long ownerId, long jobId, EncodedCall call, int maxAttempts, long now)
      throws SQLException {
    List<Found> found =
        db.list(
            row ->
                new Found(
                    new OwnerKey(ownerId, row.getLong(1), Statements.text(row, 2, "")),
                    row.getBoolean(3),
                    row.getBoolean(4)),
            JOB,
            jobId,
            ownerId);
    if (found.isEmpty()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT, "owner %d has no job %d; nothing was registered", ownerId, jobId));
    }
    Found job = found.get(0);
    if (job.ownerEnded() || job.jobEnded()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "job %d has ended, and with it what could be registered in it; nothing was"
                  + " registered",
              jobId));
    }
    long code = CodeTable.idOf(db, call);
    return FunctionTable.insert(
        db, new FunctionTable.NewFunction(jobId, job.owner(), call, code, maxAttempts, now));
  }
}
