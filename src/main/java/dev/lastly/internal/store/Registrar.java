package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.PendingWrite;
import dev.lastly.internal.sqlite.Place;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.internal.store.FunctionTable.NewFunction;
import dev.lastly.internal.store.Store.Registered;
import dev.lastly.model.EncodedCall;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Registers functions with as few statements as possible: one, if the rows of their job and of
 * their module are known. Thread-safe.
 */
final class Registrar {
  private final Writer writer;
  private final Place place;
  private final Modules modules = new Modules();
  private long newest; // the function that was registered here last; for the writer's leader

  Registrar(Writer writer, Place place) {
    this.writer = writer;
    this.place = place;
  }

  /** See {@link Store#register}. */
  Registered register(
      Store.JobRow job, EncodedCall call, int maxAttempts, long now, boolean toDevice) {
    Long module = modules.idIfKnown(call.module());
    Long jobId = job.id();
    PendingWrite.Task<NewRows> task =
        jobId == null || module == null
            ? new First(job, module, call, maxAttempts, now)
            : new Another(job, jobId, module, call, maxAttempts, now);
    NewRows rows = writer.write("register " + call.name(), toDevice, task);
    if (module == null) {
      modules.learn(call.module(), rows.module());
    }
    return rows.registered();
  }

  private record NewRows(Registered registered, Long module) {}

  /** Registers a function. */
  private abstract class Registration implements PendingWrite.Task<NewRows> {
    final Store.JobRow job;
    final EncodedCall call;
    final long now;
    private final @Nullable Long module;
    private final int maxAttempts;

    Registration(
        Store.JobRow job, @Nullable Long module, EncodedCall call, int maxAttempts, long now) {
      this.job = job;
      this.module = module;
      this.call = call;
      this.maxAttempts = maxAttempts;
      this.now = now;
    }

    @Override
    public NewRows run(Statements db) throws SQLException {
      return insert(db, job, module, call, maxAttempts, now);
    }

    @Override
    public boolean isStored(Statements db, NewRows result) throws SQLException {
      return FunctionTable.isOwned(db, result.registered().functionId(), job.ownerId());
    }

    @Override
    public boolean isQuiet() {
      return true;
    }

    @Override
    public void committed(NewRows result) {
      newest = result.registered().functionId();
    }
  }

  /** Registers a function whose job or module has no row yet, as far as this process knows. */
  private final class First extends Registration {
    First(Store.JobRow job, @Nullable Long module, EncodedCall call, int maxAttempts, long now) {
      super(job, module, call, maxAttempts, now);
    }
  }

  /** Registers a function whose job and module have rows. */
  private final class Another extends Registration implements PendingWrite.OneStatement<NewRows> {
    private final long jobId;
    private final Long module;

    Another(
        Store.JobRow job, long jobId, Long module, EncodedCall call, int maxAttempts, long now) {
      super(job, module, call, maxAttempts, now);
      this.jobId = jobId;
      this.module = module;
    }

    @Override
    public @Nullable NewRows find(Statements db) throws SQLException {
      Long id = FunctionTable.find(db, job.ownerId(), jobId, newest, call, now);
      return id == null ? null : new NewRows(new Registered(jobId, id), module);
    }
  }

  private NewRows insert(
      Statements db,
      Store.JobRow job,
      @Nullable Long knownModule,
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
    Long module = knownModule == null ? (Long) Modules.idOf(db, call.module()) : knownModule;
    OwnerKey owner = new OwnerKey(job.ownerId(), job.owner().pid(), job.owner().bootId());
    NewFunction function = new NewFunction(jobId, owner, call, module, maxAttempts, now);
    return new NewRows(new Registered(jobId, FunctionTable.insert(db, function)), module);
  }
}
