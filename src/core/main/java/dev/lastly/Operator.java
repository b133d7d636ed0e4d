package dev.lastly;

import dev.lastly.internal.audit.Audit;
import dev.lastly.internal.audit.Audit.Operations;
import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.model.DatabaseCopy;
import dev.lastly.model.Export;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The acts of an operator on functions: retry, cancel, quarantine, discard; and copies of the
 * database.
 *
 * <p>Promised: an act makes only legal moves of {@code state}. Each act is one transaction, synced
 * when the method returns, that also records the operator's name and reason in {@code
 * operator_action}. An act that is not possible is no exception but an outcome that says why and
 * what to do instead.
 *
 * <p>Not promised: that a function is still in the state that the operator has seen. If a worker
 * starts it at the same moment, the act is refused. Thread-safe.
 */
public final class Operator implements AutoCloseable {
  private final Audit audit;
  private final Operations operations;

  private Operator(Audit audit, Operations operations) {
    this.audit = audit;
    this.operations = operations;
  }

  /**
   * Opens the state directory of workers that are, or were, on this node.
   *
   * @param stateDirBase what they opened their managers with
   * @return an open operator that acts as the user of this process
   * @throws StateDirectoryException if there is none, or it lies on a file system that is not known
   *     to be local
   * @throws StoreException if the database cannot be used: none, not Lastly's, damaged, or of
   *     another version of the schema
   */
  public static Operator open(Path stateDirBase) {
    return open(stateDirBase, Settings.defaults());
  }

  /**
   * Opens the state directory of workers that are, or were, on this node.
   *
   * @param stateDirBase what they opened their managers with
   * @param settings of these only {@link Settings#allowedFileSystems()} counts
   * @return an open operator that acts as the user of this process
   * @throws StateDirectoryException if there is none, or it lies on a file system that is neither
   *     known to be local nor allowed
   * @throws StoreException if the database cannot be used: none, not Lastly's, damaged, or of
   *     another version of the schema
   */
  public static Operator open(Path stateDirBase, Settings settings) {
    Audit audit =
        ClassPath.opening(
            () ->
                Audit.open(
                    stateDirBase,
                    DeferredFunctionManager.STATE_DIR_STEM,
                    settings.allowedFileSystems()));
    return new Operator(audit, audit.operations(false));
  }

  /**
   * An operator whose acts only report what they would do, and change nothing.
   *
   * @return an operator that shares this one's connections and closes with it
   */
  public Operator dryRun() {
    return new Operator(audit, audit.operations(true));
  }

  /**
   * Gives a quarantined function as many further attempts as it has had, ten at most, due at once;
   * or makes a function that waits for its next attempt due at once.
   *
   * @param id the function
   * @param reason why, for the record
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used; nothing was changed
   */
  public OperatorOutcome retry(long id, String reason) {
    return operations.retry(id, reason);
  }

  /**
   * Retries every quarantined function that matches a filter, in transactions of some hundred
   * functions each.
   *
   * @param filter which quarantined functions to retry
   * @param reason why, for the record
   * @param each receives the outcome of each function after the commit of its transaction
   * @return how many were retried, or would be
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used; the functions that {@code each} has
   *     received are done
   */
  public long retryAll(FunctionFilter filter, String reason, Consumer<OperatorOutcome> each) {
    return operations.retryAll(filter, reason, each);
  }

  /**
   * Cancels a function that has never been started, with any owner.
   *
   * @param id the function
   * @param reason why, for the record
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used; nothing was changed
   */
  public OperatorOutcome cancel(long id, String reason) {
    return operations.cancel(id, reason);
  }

  /**
   * Discards a quarantined function: it never runs again.
   *
   * @param id the function
   * @param reason why, for the record
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used; nothing was changed
   */
  public OperatorOutcome discard(long id, String reason) {
    return operations.discard(id, reason);
  }

  /**
   * Quarantines an orphan that no process can run any more, because its code, or a thing that its
   * arguments name, no longer exists. It then waits for an operator, who may {@link #retry} or
   * {@link #discard} it. Refused unless the end of its owner is recorded. An attempt that the
   * owner's death cut off gets the outcome crashed.
   *
   * @param id the function
   * @param reason why, for the record, and as the function's last error
   * @return what came of it
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used; nothing was changed
   */
  public OperatorOutcome quarantine(long id, String reason) {
    return operations.quarantine(id, reason);
  }

  /**
   * Registers a function in a job that another process has open, as if that process had deferred
   * it. For programs that a worker runs and that create things to be cleaned up. The registration
   * is synced when this returns. The function runs when the job ends, or after its owner's death,
   * and has the default number of attempts.
   *
   * <p>This does not check whether the owner can call the function: only the owner's process knows.
   *
   * @param ownerId the owner that has opened the job
   * @param jobId the job's id, see {@link JobContext#id}
   * @param function the function with its arguments
   * @return the function's id
   * @throws IllegalStateException if there is no such job, it has ended, or the verdict on its
   *     owner is not {@code ALIVE}; nothing was registered
   * @throws StoreException if the database cannot be used; nothing was registered
   */
  public long defer(long ownerId, long jobId, DeferredFunction function) {
    return audit.register(ownerId, jobId, function.encoded());
  }

  /**
   * Writes a copy of one committed state of the database. Workers may continue. The file gets its
   * name only when it is complete, checked and synced. Only this user may read it.
   *
   * @param target a file that does not exist, in a directory that does
   * @throws StoreException if the file exists, or the copy cannot be made; then no file is left
   */
  public void backup(Path target) {
    audit.backup(target);
  }

  /**
   * Writes rows as text, all from one snapshot. Workers may continue.
   *
   * @param what which rows to write
   * @param format the text format
   * @param out receives the text; it is neither flushed nor closed
   * @return how many functions or events were written
   * @throws IOException if {@code out} throws one
   * @throws StoreException if the database cannot be read
   */
  public long export(Export.What what, Export.Format format, Appendable out) throws IOException {
    return audit.export(what, format, out);
  }

  /**
   * The copy that {@link #backup} and {@link #export} read, see {@link Inspector#copy}.
   *
   * @return the copy; empty if they read the database itself
   */
  public Optional<DatabaseCopy> copy() {
    return audit.copy();
  }

  /** Closes the connections. Idempotent. */
  @Override
  public void close() {
    audit.close();
  }
}
