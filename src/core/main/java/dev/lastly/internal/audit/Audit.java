package dev.lastly.internal.audit;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.store.Records;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.DatabaseCopy;
import dev.lastly.model.Event;
import dev.lastly.model.Export;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.Status;
import dev.lastly.model.StoreException;
import dev.lastly.model.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * An existing state directory, opened by somebody who is no owner: each method of {@code Inspector}
 * and {@code Operator} is one of these. Thread-safe.
 */
public final class Audit implements AutoCloseable {
  /** How long a command waits for the write lock: what {@code storeTimeout} is by default. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final StateDirectory directory;
  private final Records records;
  private final Watch watch;

  private Audit(StateDirectory directory, Records records, Owners owners) {
    this.directory = directory;
    this.records = records;
    this.watch = new Watch(records, owners);
  }

  /** What a person may do. */
  public interface Operations {
    /** Further attempts for a quarantined function, or its next attempt at once. */
    OperatorOutcome retry(long id, String reason);

    /** Further attempts for every quarantined function that a filter lets through. */
    long retryAll(FunctionFilter filter, String reason, Consumer<OperatorOutcome> each);

    /** Withdraws a function that has not started. */
    OperatorOutcome cancel(long id, String reason);

    /** Gives up a quarantined function. */
    OperatorOutcome discard(long id, String reason);

    /** Sets an orphan aside that no process can run. */
    OperatorOutcome quarantine(long id, String reason);
  }

  /**
   * Opens a directory that workers have made, and creates nothing.
   *
   * @param fileSystems types beyond those that are known to be local
   * @throws StateDirectoryException if there is none, or it will not do
   * @throws StoreException if the database cannot be used
   */
  public static Audit open(Path stateDirBase, String stem, Set<String> fileSystems) {
    // Reading a file through a channel fails in an interrupted thread: the flag waits.
    boolean interrupted = Thread.interrupted();
    try {
      StateDirectory directory = StateDirectory.existing(stateDirBase, stem, fileSystems);
      Records records = Records.open(directory.database(), TIMEOUT);
      try {
        return new Audit(directory, records, Owners.look(directory.lockFile()));
      } catch (StateDirectoryException e) {
        records.close();
        throw e;
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Counts and sizes. */
  public Status status() {
    return watch.status();
  }

  /** A page of owners. */
  public List<OwnerRow> owners(long afterId, int limit) {
    requirePage(limit);
    return watch.owners(afterId, limit);
  }

  /** A page of functions. */
  public List<FunctionRow> functions(FunctionFilter filter, long afterId, int limit) {
    requirePage(limit);
    List<Long> dead = watch.dead();
    return records.read(now -> now.functions(filter, dead, afterId, limit));
  }

  /** Everything about one function. */
  public Optional<FunctionLife> function(long id) {
    List<Long> dead = watch.dead();
    return records.read(now -> now.life(id, dead));
  }

  /** Attempts of functions from one id to another. */
  public List<AttemptRow> attempts(long firstFunction, long lastFunction) {
    return records.read(now -> now.attempts(firstFunction, lastFunction));
  }

  /** A page of events. */
  public List<Event> events(String after, int limit) {
    requirePage(limit);
    return records.read(now -> now.events(after, limit));
  }

  /** The last events. */
  public List<Event> lastEvents(int limit) {
    requirePage(limit);
    return records.read(now -> now.lastEvents(limit));
  }

  /** The end of the feed. */
  public String lastEventId() {
    return records.read(Records.Snapshot::lastPlace);
  }

  /** What is wrong with the file. */
  public List<String> integrity() {
    return records.readAtLeisure(Records.Snapshot::quickCheck);
  }

  /** The SQLite file. */
  public Path database() {
    return directory.database();
  }

  /** What is read instead of it, if this user may read but not write it. */
  public Optional<DatabaseCopy> copy() {
    return records.copy();
  }

  /**
   * What a person may do.
   *
   * @param dryRun whether it is only said what would be done
   */
  public Operations operations(boolean dryRun) {
    return new OperatorCommands(records, dryRun);
  }

  /**
   * Registers a function in a job that another process has open.
   *
   * @return the function's id
   * @throws IllegalStateException if the job has ended, or its owner is not seen to live
   */
  public long register(long ownerId, long jobId, EncodedCall call) {
    List<OwnerRow> owner = watch.owners(ownerId - 1, 1);
    if (owner.isEmpty() || owner.get(0).id() != ownerId) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "there is no owner %d; nothing was registered", ownerId));
    }
    if (owner.get(0).verdict() != Verdict.ALIVE) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "owner %d, whose job it is, does not live: %s; nothing was registered",
              ownerId,
              owner.get(0).verdictEvidence()));
    }
    int attempts = RetryPolicy.defaults().maxAttempts();
    return records.register(ownerId, jobId, call, attempts, System.currentTimeMillis());
  }

  /** Copies the database, as it is now, into a file that does not exist. */
  public void backup(Path target) {
    records.copyTo(target);
  }

  /** Writes rows out, all from one snapshot. */
  public long export(Export.What what, Export.Format format, Appendable out) throws IOException {
    List<Long> dead = watch.dead();
    try {
      return records.readAtLeisure(
          now -> {
            try {
              return new Exporter(now, dead, format, out).write(what);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void requirePage(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("a page has at least one row, not " + limit);
    }
  }

  /** Gives the connections back. Nothing is written. */
  @Override
  public void close() {
    records.close();
  }
}
