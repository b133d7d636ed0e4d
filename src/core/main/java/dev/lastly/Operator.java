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
 * What a person may do with functions: another try, withdraw, set aside, give up; and copies of the
 * database.
 *
 * <p>Promised: only moves that the table of states allows; each is committed, on the device, in one
 * transaction with who did it and why ({@code operator_action}). If something is not possible, that
 * is no exception but an outcome that says why and what to do instead.
 *
 * <p>Not promised: that a function is still in the state that was seen before: a worker may start
 * it at the same moment; then the command is refused. Thread-safe.
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
   * The same operator, but its commands only say what they would do, and change nothing.
   *
   * @return an operator that is open as long as this one is
   */
  public Operator dryRun() {
    return new Operator(audit, audit.operations(true));
  }

  /**
   * Gives a quarantined function as many further attempts as it had before, due at once; or makes
   * one that waits for its next attempt due at once.
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
   * Retries every quarantined function, in transactions of some hundred each.
   *
   * @param filter only these of them
   * @param reason why, for the record
   * @param each told of each function after its transaction was committed
   * @return how many were retried, or would be
   * @throws IllegalArgumentException if the reason is blank or too long
   * @throws StoreException if the database cannot be used; what {@code each} was told of is done
   */
  public long retryAll(FunctionFilter filter, String reason, Consumer<OperatorOutcome> each) {
    return operations.retryAll(filter, reason, each);
  }

  /**
   * Withdraws a function that has never been started, whoever owns it.
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
   * Gives up a quarantined function: it never runs again.
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
   * Sets an orphan aside that no process can run any more, because its code or what its arguments
   * name is gone for good: it waits for a person, who may {@link #retry} it after all, or {@link
   * #discard} it. Refused while its owner has not ended, as far as anybody has recorded. An attempt
   * that its owner's death cut off ends as crashed.
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
   * Registers a function in a job that another process has open, as if that had deferred it: for
   * programs that a worker runs and that create what has to be cleaned up. When this returns, the
   * function is on the device; it runs when the job ends, or after its owner's death. It has the
   * default number of attempts.
   *
   * <p>Whether the owner can call the function is not checked: that is known to its process alone.
   *
   * @param ownerId the owner that has opened the job
   * @param jobId the job, as {@link JobContext#id} tells
   * @param function the function with its arguments
   * @return the function's id
   * @throws IllegalStateException if there is no such job, it has ended, or its owner is not seen
   *     to live; nothing was registered
   * @throws StoreException if the database cannot be used; nothing was registered
   */
  public long defer(long ownerId, long jobId, DeferredFunction function) {
    return audit.register(ownerId, jobId, function.encoded());
  }

  /**
   * Writes a copy of the database as it is at one moment, while workers go on. The file appears
   * under its name only when it is complete, checked and on the device; only this user may read it.
   *
   * @param target a file that does not exist, in a directory that does
   * @throws StoreException if it exists, or the copy cannot be made; then there is no file
   */
  public void backup(Path target) {
    audit.backup(target);
  }

  /**
   * Writes rows out as text, all from one snapshot, while workers go on.
   *
   * @param what which rows
   * @param format how
   * @param out where to; it is neither flushed nor closed
   * @return how many functions or events were written
   * @throws IOException if {@code out} throws it
   * @throws StoreException if the database cannot be read
   */
  public long export(Export.What what, Export.Format format, Appendable out) throws IOException {
    return audit.export(what, format, out);
  }

  /**
   * What {@link #backup} and {@link #export} read, as {@link Inspector#copy} says.
   *
   * @return empty if the database itself is read
   */
  public Optional<DatabaseCopy> copy() {
    return audit.copy();
  }

  /** Gives the connections back. Does nothing if it is closed already. */
  @Override
  public void close() {
    audit.close();
  }
}
