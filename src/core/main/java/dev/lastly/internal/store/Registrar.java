package dev.lastly.internal.store;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.row.Registration;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.JobDraft;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Room;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.model.FunctionReference;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Inserts a function and, where they are missing, its job and the row of the code that it calls. If
 * the rows of the job and the code are known, that takes one statement. Thread-safe.
 */
final class Registrar {
  static final String FIND_CODE =
      """
      SELECT id FROM code
      WHERE function = ? AND name = ? AND origin = ? AND ifnull(class_digest, '') = ifnull(?, '')
      """;

  private static final String INSERT_CODE =
      "INSERT INTO code (name, function, class_digest, origin) VALUES (?, ?, ?, ?)";

  /**
   * The limit on the rows of {@code code} that this process remembers. A program needs one per
   * function that it defers. A program that keeps making new classes goes beyond it and queries the
   * row each time.
   */
  private static final int MOST_KNOWN = 1_000;

  private static final String OPEN_JOB =
      """
      SELECT o.pid, o.boot_id, o.closed_at IS NOT NULL, j.closed_at IS NOT NULL
      FROM job j JOIN owner o ON o.id = j.opened_by
      WHERE j.id = ? AND o.id = ?
      """;

  private static final String INSERT =
      """
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments,
                                     checksum, max_attempts, registered_at)
      VALUES
      (?, ?, ?, ?, ?, ?, ?, ?, ?)\
      """;

  /** Most functions have no options, and each parameter costs every registration. */
  private static final String INSERT_WITH_OPTIONS =
      """
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments,
                                     checksum, max_attempts, registered_at, options, runs_first)
      VALUES
      (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
      """;

  private final Writer writer;
  private final OpenedFile place;
  private final Room room;
  // Rows of the table code that have been committed. They never change and are never deleted.
  private final Map<CodeKey, Long> known = new ConcurrentHashMap<>();

  Registrar(Writer writer, OpenedFile place, Room room) {
    this.writer = writer;
    this.room = room;
    this.place = place;
  }

  /** See {@link Store#register}. */
  Registered register(
      JobDraft job, OwnerTable.Key owner, Registration registration, long now, boolean toDevice) {
    EncodedCall call = registration.call();
    Long code = idIfKnown(call);
    NewRows rows =
        writer.write(
            "register " + call.name(),
            toDevice,
            new Writer.Task<>() {
              @Override
              public NewRows run(Statements db) throws SQLException {
                return insert(db, job, owner, code, registration, now);
              }

              @Override
              public boolean isStored(Statements db, NewRows result) throws SQLException {
                return isOwned(db, result.registered().function().row(), owner.id());
              }

              @Override
              public boolean isQuiet() {
                return true;
              }

              @Override
              public boolean isUrgent() {
                return false;
              }
            });
    if (code == null) {
      learn(call, rows.code());
    }
    return rows.registered();
  }

  private record NewRows(Registered registered, Long code) {}

  private NewRows insert(
      Statements db,
      JobDraft job,
      OwnerTable.Key owner,
      @Nullable Long knownCode,
      Registration registration,
      long now)
      throws SQLException {
    place.requireRecently(); // no process would find a function in a deleted file
    room.requireForRegistration();
    JobId knownJob = job.id();
    JobId jobId = knownJob == null ? insertJob(db, job, owner.id(), now) : knownJob;
    Long code = knownCode == null ? (Long) codeOf(db, registration.call()) : knownCode;
    long id = insert(db, jobId.row(), owner, registration, code, now);
    return new NewRows(new Registered(jobId, new FunctionId(id)), code);
  }

  private static JobId insertJob(Statements db, JobDraft job, long ownerId, long now)
      throws SQLException {
    return new JobId(
        db.insert(
            "INSERT INTO job (name, opened_by, opened_at, committed_at) VALUES (?, ?, ?, ?)",
            job.name(),
            ownerId,
            job.openedAt().millis(),
            job.committed() ? (Long) now : null));
  }

  /** Inserts a function. Returns its id. */
  private static long insert(
      Statements db,
      long jobId,
      OwnerTable.Key owner,
      Registration registration,
      long code,
      long now)
      throws SQLException {
    boolean plain = registration.options() == null && !registration.runsFirst();
    List<@Nullable Object> row = new ArrayList<>(11);
    row.add(jobId);
    row.add(owner.id());
    row.add(owner.pid());
    row.add(owner.bootId());
    row.add(code);
    row.add(registration.call().arguments());
    row.add(registration.checksum());
    row.add(registration.maxAttempts());
    row.add(now);
    if (!plain) {
      row.add(registration.options());
      row.add(registration.runsFirst() ? 1 : null);
    }
    return db.insert(plain ? INSERT : INSERT_WITH_OPTIONS, row.toArray());
  }

  /**
   * Whether the row exists and belongs to this owner; only this process inserts rows of this owner.
   */
  private static boolean isOwned(Statements db, long id, long ownerId) throws SQLException {
    return db.number(
            "SELECT count(*) FROM deferred_function WHERE id = ? AND owner_id = ?", id, ownerId)
        == 1;
  }

  private record CodeKey(
      String name, FunctionReference function, @Nullable String classDigest, String origin) {
    static CodeKey of(EncodedCall call) {
      return new CodeKey(call.name(), call.function(), call.classDigest(), call.module());
    }
  }

  /** The id of the called code's row, if this process knows that it was committed. */
  private @Nullable Long idIfKnown(EncodedCall call) {
    return known.get(CodeKey.of(call));
  }

  /**
   * Remembers a committed row. The registration was committed with it, so no failure here may reach
   * the caller.
   */
  private void learn(EncodedCall call, Long id) {
    try {
      if (known.size() < MOST_KNOWN) {
        known.put(CodeKey.of(call), id);
      }
    } catch (OutOfMemoryError e) { // the next registration queries the row again
      known.clear();
    }
  }

  /** Finds or inserts the row of the called code, in the caller's transaction. */
  private static long codeOf(Statements db, EncodedCall call) throws SQLException {
    String function = call.function().toString();
    List<Long> found =
        db.list(
            row -> row.getLong(1),
            FIND_CODE,
            function,
            call.name(),
            call.module(),
            call.classDigest());
    return found.isEmpty()
        ? db.insert(INSERT_CODE, call.name(), function, call.classDigest(), call.module())
        : found.get(0);
  }

  private record ForeignJob(OwnerTable.Key owner, boolean ownerEnded, boolean jobEnded) {}

  /**
   * Registers a function in a job that another process has open, in the caller's transaction. The
   * owner of the job reads the row when it ends the job.
   *
   * @throws IllegalStateException if the owner has no such job, or the job has ended
   */
  static long registerForeign(
      Statements db, long ownerId, long jobId, Registration registration, long now)
      throws SQLException {
    List<ForeignJob> found =
        db.list(
            row ->
                new ForeignJob(
                    new OwnerTable.Key(ownerId, row.getLong(1), Statements.text(row, 2, "")),
                    row.getBoolean(3),
                    row.getBoolean(4)),
            OPEN_JOB,
            jobId,
            ownerId);
    if (found.isEmpty()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT, "owner %d has no job %d; nothing was registered", ownerId, jobId));
    }
    ForeignJob job = found.get(0);
    if (job.ownerEnded() || job.jobEnded()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "job %d has ended, so no function can be registered in it; nothing was"
                  + " registered",
              jobId));
    }
    long code = codeOf(db, registration.call());
    return insert(db, jobId, job.owner(), registration, code, now);
  }
}
