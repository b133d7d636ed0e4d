package dev.lastly.internal.store;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Registered;
import dev.lastly.internal.sqlite.PendingWrite;
import dev.lastly.internal.sqlite.Place;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.internal.store.FunctionTable.NewFunction;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Registers functions with as few statements as possible: one, if the rows of their job and of
 * their code are known. Thread-safe.
 */
final class Registrar {
  private final Writer writer;
  private final Place place;
  private final CodeTable codes = new CodeTable();

  Registrar(Writer writer, Place place) {
    this.writer = writer;
    this.place = place;
  }

  /** See {@link Store#register}. */
  Registered register(
      Store.JobRow job, EncodedCall call, int maxAttempts, long now, boolean toDevice) {
    Long code = codes.idIfKnown(call);
    NewRows rows =
        writer.write(
            "register " + call.name(),
            toDevice,
            new PendingWrite.Task<>() {
              @Override
              public NewRows run(Statements db) throws SQLException {
                return insert(db, job, code, call, maxAttempts, now);
              }

              @Override
              public boolean isStored(Statements db, NewRows result) throws SQLException {
                return FunctionTable.isOwned(
                    db, result.registered().function().row(), job.ownerId());
              }

              @Override
              public boolean isQuiet() {
                return true;
              }
            });
    if (code == null) {
      codes.learn(call, rows.code());
    }
    return rows.registered();
  }

  private record NewRows(Registered registered, Long code) {}

  private NewRows insert(
      Statements db,
      Store.JobRow job,
      @Nullable Long knownCode,
      EncodedCall call,
      int maxAttempts,
      long now)
      throws SQLException {
    place.requireRecently(); // a promise into a deleted file would not be kept
    Long knownJob = job.id();
    long jobId =
        knownJob == null
            ? FunctionTable.insertJob(db, job.name(), job.ownerId(), job.openedAt())
            : knownJob;
    Long code = knownCode == null ? (Long) CodeTable.idOf(db, call) : knownCode;
    OwnerKey owner = new OwnerKey(job.ownerId(), job.owner().pid(), job.owner().bootId());
    NewFunction function = new NewFunction(jobId, owner, call, code, maxAttempts, now);
    Registered registered =
        new Registered(new JobId(jobId), new FunctionId(FunctionTable.insert(db, function)));
    return new NewRows(registered, code);
  }
}
