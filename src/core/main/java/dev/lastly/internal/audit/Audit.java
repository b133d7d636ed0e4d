package dev.lastly.internal.audit;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.store.OwnerVerdicts;
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
 * An existing state directory, opened by a process that is no owner. Each method of {@code
 * Inspector} and {@code Operator} calls one method of this class. Thread-safe.
 */
public final class Audit implements AutoCloseable {
  /** How long an act waits for the write lock: the default of {@code storeTimeout}. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final StateDirectory directory;
  private final Records records;
  private final Watch watch;

  private Audit(StateDirectory directory, Records records, Owners owners) {
    this.directory = directory;
    this.records = records;
    this.watch = new Watch(directory, records, owners);
  }

  /** The acts of an operator. Each is one synced transaction. */
  public interface Operations {
    /** Gives a quarantined function further attempts, or makes a waiting retry due at once. */
    OperatorOutcome retry(long id, String reason);

    /**
     * Gives every quarantined function that matches the filter further attempts. Returns how many.
     */
    long retryAll(FunctionFilter filter, String reason, Consumer<OperatorOutcome> each);

    /** Cancels a function that has not started. */
    OperatorOutcome cancel(long id, String reason);

    /** Discards a quarantined function. */
    OperatorOutcome discard(long id, String reason);

    /** Quarantines an orphan that no process can run. */
    OperatorOutcome quarantine(long id, String reason);
  }

  /**
   * Opens a state directory that workers have created. Creates nothing.
   *
   * @param fileSystems types to accept in addition to those that are known to be local
   * @throws StateDirectoryException if it does not exist, this user may not read it, or its file
   *     system is not accepted
   * @throws StoreException if the database does not exist, has another schema version, or cannot be
   *     read
   */
  public static Audit open(Path stateDirBase, String stem, Set<String> fileSystems) {
    // Cleared here and restored below: an interrupt would fail reads through a channel.
    boolean interrupted = Thread.interrupted();
    try {
      StateDirectory directory = StateDirectory.existing(stateDirBase, stem, fileSystems);
      Owners owners = Owners.look(directory.lockFile());
      Owners.requireOneLog(directory.database(), directory.lockFile());
      String bootId = owners.self().bootId();
      return new Audit(directory, Records.open(directory.database(), bootId, TIMEOUT), owners);
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
    OwnerVerdicts verdicts = watch.verdicts();
    return records.read(now -> now.functions(filter, verdicts, afterId, limit));
  }

  /** A function with its history; empty if there is no such row. */
  public Optional<FunctionLife> function(long id) {
    OwnerVerdicts verdicts = watch.verdicts();
    return records.read(now -> now.life(id, verdicts));
  }

  /** The attempts of the functions with ids in a range, both ends included. */
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

  /** The id of the last event: the end of the feed. */
  public String lastEventId() {
    return records.read(Records.Snapshot::lastPlace);
  }

  /** The faults in the database file; empty if there are none. */
  public List<String> integrity() {
    return records.readAtLeisure(Records.Snapshot::quickCheck);
  }

  /** The SQLite file. */
  public Path database() {
    return directory.database();
  }

  /** The copy that is read instead of the database; empty if the database itself is read. */
  public Optional<DatabaseCopy> copy() {
    return records.copy();
  }

  /**
   * The acts of the operator, who is the user of this process.
   *
   * @param dryRun whether to report what would be done, and change nothing
   */
  public Operations operations(boolean dryRun) {
    return new OperatorCommands(records, dryRun);
  }

  /**
   * Registers a function in a job that another process has open. Synced when it returns.
   *
   * @return the function's id
   * @throws IllegalStateException if there is no such owner or job, the job has ended, or the
   *     verdict on its owner is not {@code ALIVE}
   * @throws StoreException if the row could not be committed
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
              "owner %d, which owns the job, is not alive: %s; nothing was registered",
              ownerId,
              owner.get(0).verdictEvidence()));
    }
    int attempts = RetryPolicy.defaults().maxAttempts();
    return records.register(ownerId, jobId, call, attempts, System.currentTimeMillis());
  }

  /**
   * Copies the committed state of the database into a new file, checks the copy and syncs it.
   *
   * @throws StoreException if the file exists, or the copy fails
   */
  public void backup(Path target) {
    records.copyTo(target);
  }

  /**
   * Writes rows to {@code out}, all from one snapshot. Returns how many functions or events it
   * wrote.
   */
  public long export(Export.What what, Export.Format format, Appendable out) throws IOException {
    OwnerVerdicts verdicts = watch.verdicts();
    try {
      return records.readAtLeisure(
          now -> {
            try {
              return new Exporter(now, verdicts, format, out).write(what);
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
      throw new IllegalArgumentException("the limit of a page must be 1 or more, and is " + limit);
    }
  }

  /** Closes the connections. Writes nothing. Idempotent. */
  @Override
  public void close() {
    records.close();
  }
}
