package dev.lastly.fleet.internal;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.Registration;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One function to store, with its job if that is new, in one statement: one exchange with the
 * server, as of a plain INSERT. It can be repeated, because the ids are known before. The owner's
 * row is locked against its end, so that no row comes to an owner that has ended.
 *
 * @param id of the function
 * @param job of its job
 * @param isFirst whether the job may have no row yet
 * @param jobName a text for people
 * @param jobOpenedAt by the database's clock
 * @param isCommitted whether the job has said that it succeeded
 * @param registration what its row says
 */
record NewFunction(
    UUID id,
    UUID job,
    boolean isFirst,
    String jobName,
    Instant jobOpenedAt,
    boolean isCommitted,
    Registration registration) {
  private static final String OWNER =
      """
      WITH me AS (
        SELECT o.id, set_config('synchronous_commit', ?, true) AS level
        FROM @.owner o WHERE o.id = ? AND o.ended_at IS NULL FOR SHARE)
      """;

  private static final String JOB =
      """
      , new_job AS (
        INSERT INTO @.job (id, name, opened_by, opened_at, committed_at)
        SELECT ?, ?, me.id, ?, CASE WHEN ? THEN now() END FROM me
        ON CONFLICT (id) DO NOTHING)
      """;

  /** A repeated insert rewrites the row, so that the commit waits for the standby. */
  private static final String FUNCTION =
      """
      INSERT INTO @.deferred_function
        (id, job_id, owner_id, name, function, class_digest, origin, arguments, checksum, max_attempts, options, runs_first)
      SELECT ?, ?, me.id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM me WHERE me.level IS NOT NULL
      ON CONFLICT (id) DO UPDATE SET checksum = excluded.checksum
      """;

  private static final String WITH_JOB = OWNER + JOB + FUNCTION;
  private static final String ALONE = OWNER + FUNCTION;

  /** The same, for a job whose row may be gone. */
  NewFunction withItsJob() {
    return new NewFunction(id, job, true, jobName, jobOpenedAt, isCommitted, registration);
  }

  /** Returns 1; 0 if the owner has ended. */
  int store(FleetStatements db, UUID owner, String commit) throws SQLException {
    EncodedCall call = registration.call();
    List<@Nullable Object> values = new ArrayList<>(List.of(commit, owner));
    if (isFirst) {
      values.addAll(List.of(job, jobName, jobOpenedAt, isCommitted));
    }
    values.addAll(List.of(id, job, call.name(), call.function().toString()));
    values.add(call.classDigest());
    values.addAll(List.of(call.module(), call.arguments(), registration.checksum()));
    values.add(registration.maxAttempts());
    values.add(registration.options());
    values.add(registration.runsFirst());
    return db.update(isFirst ? WITH_JOB : ALONE, values.toArray());
  }
}
