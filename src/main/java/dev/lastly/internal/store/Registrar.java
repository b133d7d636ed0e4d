package dev.lastly.internal.store;

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
  private final NextId nextId = new NextId(System::nanoTime);

  Registrar(Writer writer, Place place) {
    this.writer = writer;
    this.place = place;
  }

  /** See {@link Store#register}. */
  Registered register(
      Store.JobRow job, EncodedCall call, int maxAttempts, long now, boolean toDevice) {
    Long jobId = job.id();
    Long module = modules.idIfKnown(call.module());
    String what = "register " + call.name();
    if (jobId != null && module != null) {
      NewFunction function = new NewFunction(jobId, ownerOf(job), call, module, maxAttempts, now);
      long id = writer.writeStatement(what, toDevice, new Registration(place, nextId, function));
      return new Registered(jobId, id);
    }
    NewRows rows =
        writer.write(what, toDevice, db -> insert(db, job, module, call, maxAttempts, now));
    modules.learn(call.module(), rows.module());
    return rows.registered();
  }

  private record NewRows(Registered registered, long module) {}

  private NewRows insert(
      Statements db,
      Store.JobRow job,
      @Nullable Long knownModule,
      EncodedCall call,
      int maxAttempts,
      long now)
      throws SQLException {
    place.requireRecently(); // as a registration does
    Long knownJob = job.id();
    long jobId =
        knownJob == null
            ? FunctionTable.insertJob(db, job.name(), job.ownerId(), job.openedAt())
            : knownJob;
    long module = knownModule == null ? Modules.idOf(db, call.module()) : knownModule;
    NewFunction function = new NewFunction(jobId, ownerOf(job), call, module, maxAttempts, now);
    return new NewRows(new Registered(jobId, nextId.insert(db, function)), module);
  }

  private static OwnerKey ownerOf(Store.JobRow job) {
    return new OwnerKey(job.ownerId(), job.owner().pid(), job.owner().bootId());
  }
}
