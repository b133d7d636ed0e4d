package dev.lastly.internal.audit;

import dev.lastly.model.Event;
import dev.lastly.model.Export;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** An existing state directory, opened by somebody who is no owner. Signatures only, for now. */
public final class Audit implements AutoCloseable {
  private final Path database;

  private Audit(Path database) {
    this.database = database;
  }

  /** What a person may do. */
  public interface Operations {
    /** Another try. */
    OperatorOutcome retry(long id, String reason);

    /** Another try for all that are quarantined. */
    long retryAll(FunctionFilter filter, String reason, Consumer<OperatorOutcome> each);

    /** Withdraws what has not started. */
    OperatorOutcome cancel(long id, String reason);

    /** Gives up what is quarantined. */
    OperatorOutcome discard(long id, String reason);
  }

  /** Opens an existing state directory. */
  public static Audit open(Path stateDirBase, String stem) {
    return new Audit(stateDirBase.resolve(stem));
  }

  /** Counts and sizes. */
  public Status status() {
    throw new UnsupportedOperationException();
  }

  /** A page of owners. */
  public List<OwnerRow> owners(long afterId, int limit) {
    throw new UnsupportedOperationException();
  }

  /** A page of functions. */
  public List<FunctionRow> functions(FunctionFilter filter, long afterId, int limit) {
    throw new UnsupportedOperationException();
  }

  /** All about one function. */
  public Optional<FunctionLife> function(long id) {
    throw new UnsupportedOperationException();
  }

  /** A page of events. */
  public List<Event> events(long afterId, int limit) {
    throw new UnsupportedOperationException();
  }

  /** The newest event. */
  public long lastEventId() {
    throw new UnsupportedOperationException();
  }

  /** What is wrong with the file. */
  public List<String> integrity() {
    throw new UnsupportedOperationException();
  }

  /** The database. */
  public Path database() {
    return database;
  }

  /** What a person may do. */
  public Operations operations(boolean dryRun) {
    throw new UnsupportedOperationException();
  }

  /** Copies the database. */
  public void backup(Path target) {
    throw new UnsupportedOperationException();
  }

  /** Writes rows out. */
  public long export(Export.What what, Export.Format format, Appendable out) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
