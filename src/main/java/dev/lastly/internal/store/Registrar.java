package dev.lastly.internal.store;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Registered;
import dev.lastly.internal.sqlite.PendingWrite;
import dev.lastly.internal.sqlite.Place;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.internal.store.FunctionTable.NewFunction;
import dev.lastly.model.EncodedCall;
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
  private long newest; // the function that was registered here last; for the writer's leader

  Registrar(Writer writer, Place place) {
    this.writer = writer;
    this.place = place;
  }

  /** See {@link Store#register}. */
  Registered register(
      Store.JobRow job, EncodedCall call, int maxAttempts, long now, boolean toDevice) {
    Long code = codes.idIfKnown(call);
    Long jobId = job.id();
    PendingWrite.Task<NewRows> task =
        jobId == null || code == null
            ? new First(job, code, call, maxAttempts, now)
            : new Another(job, jobId, code, call, maxAttempts, now);
    NewRows rows = writer.write("register " + call.name(), toDevice, task);
    if (code == null) {
      codes.learn(call, rows.code());
    }
    return rows.registered();
  }

  private record NewRows(Registered registered, Long code) {}

  /** Registers a function. */
  private abstract class Registration implements PendingWrite.Task<NewRows> {
    final Store.JobRow job;
    final EncodedCall call;
    final long now;
    private final @Nullable Long code;
    private final int maxAttempts;

    Registration(
        Store.JobRow job, @Nullable Long code, EncodedCall call, int maxAttempts, long now) {
      this.job = job;
      this.code = code;
      this.call = call;
      this.maxAttempts = maxAttempts;
      this.now = now;
    }

    @Override
    public final NewRows run(Statements db) throws SQLException {
      return insert(db, job, code, call, maxAttempts, now);
    }

    @Override
    public final boolean isStored(Statements db, NewRows result) throws SQLException {
      return FunctionTable.isOwned(db, result.registered().function().row(), job.ownerId());
    }

    @Override
    public final boolean isQuiet() {
      return true;
    }

    @Override
    public final void committed(NewRows result) {
      newest = result.registered().function().row();
    }
  }

  /** Registers a function whose job or code has no row yet, as far as this process knows. */
  private final class First extends Registration {
    First(Store.JobRow job, @Nullable Long code, EncodedCall call, int maxAttempts, long now) {
      super(job, code, call, maxAttempts, now);
    }
  }

  /** Registers a function whose job and code have rows. */
  private final class Another extends Registration implements PendingWrite.OneStatement<NewRows> {
    private final long jobId;
    private final Long code;

    Another(Store.JobRow job, long jobId, Long code, EncodedCall call, int maxAttempts, long now) {
      super(job, code, call, maxAttempts, now);
      this.jobId = jobId;
      this.code = code;
    }

    @Override
    public @Nullable NewRows find(Statements db) throws SQLException {
      Long id = FunctionTable.find(db, job.ownerId(), jobId, newest, code, call, now);
      return id == null
          ? null
          : new NewRows(new Registered(new JobId(jobId), new FunctionId(id)), code);
    }
  }

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
