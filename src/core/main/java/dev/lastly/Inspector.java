package dev.lastly;

import dev.lastly.internal.audit.Audit;
import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.DatabaseCopy;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.Status;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads a node's functions, owners and history. It is no owner, runs no function and changes no
 * row.
 *
 * <p>Promised: each call sees one committed state and blocks no worker. Rows come in pages: pass
 * the id of the last row to get the next page.
 *
 * <p>A user who may read the files but not write them can use it, too. While no worker lives,
 * SQLite would have to write beside the database, so the inspector then reads a {@linkplain #copy
 * copy}, which does not change any more.
 *
 * <p>Not promised: that a result is still current when the call returns. Thread-safe. As with
 * {@link DeferredFunctionManager}, while it is open, no code in this JVM may open {@code
 * owners.lock} or the database's files by Java I/O.
 */
public final class Inspector implements AutoCloseable {
  private final Audit audit;

  private Inspector(Audit audit) {
    this.audit = audit;
  }

  /**
   * Opens the state directory of workers that are, or were, on this node.
   *
   * @param stateDirBase what they opened their managers with
   * @return an open inspector
   * @throws StateDirectoryException if there is none, or it lies on a file system that is not known
   *     to be local
   * @throws StoreException if the database cannot be used: none, not Lastly's, damaged, or of
   *     another version of the schema
   */
  public static Inspector open(Path stateDirBase) {
    return open(stateDirBase, Settings.defaults());
  }

  /**
   * Opens the state directory of workers that are, or were, on this node.
   *
   * @param stateDirBase what they opened their managers with
   * @param settings of these only {@link Settings#allowedFileSystems()} counts
   * @return an open inspector
   * @throws StateDirectoryException if there is none, or it lies on a file system that is neither
   *     known to be local nor allowed
   * @throws StoreException if the database cannot be used: none, not Lastly's, damaged, or of
   *     another version of the schema
   */
  public static Inspector open(Path stateDirBase, Settings settings) {
    return ClassPath.opening(
        () ->
            new Inspector(
                Audit.open(
                    stateDirBase,
                    DeferredFunctionManager.STATE_DIR_STEM,
                    settings.allowedFileSystems())));
  }

  /**
   * A summary of the node. Costs milliseconds, even with a million finished functions.
   *
   * @return counts and sizes
   * @throws StoreException if the database cannot be read
   */
  public Status status() {
    return audit.status();
  }

  /**
   * Owners in the order of their ids, each with its current verdict.
   *
   * @param afterId the last id seen, 0 to begin
   * @param limit most rows wanted
   * @return a page; empty if there is no more
   * @throws StoreException if the database cannot be read
   */
  public List<OwnerRow> owners(long afterId, int limit) {
    return audit.owners(afterId, limit);
  }

  /**
   * Functions in the order of their ids.
   *
   * @param filter which functions to return
   * @param afterId the last id seen, 0 to begin
   * @param limit most rows wanted
   * @return a page; empty if there is no more
   * @throws StoreException if the database cannot be read
   */
  public List<FunctionRow> functions(FunctionFilter filter, long afterId, int limit) {
    return audit.functions(filter, afterId, limit);
  }

  /**
   * A function with its history.
   *
   * @param id the function's id
   * @return the function; empty if there is no such function, or it has been pruned
   * @throws StoreException if the database cannot be read
   */
  public Optional<FunctionLife> function(long id) {
    return audit.function(id);
  }

  /**
   * The attempts of a range of functions.
   *
   * @param firstFunction the lowest function id
   * @param lastFunction the highest function id; this reads the whole range at once, so keep it
   *     small
   * @return attempts, ordered by function and number
   * @throws StoreException if the database cannot be read
   */
  public List<AttemptRow> attempts(long firstFunction, long lastFunction) {
    return audit.attempts(firstFunction, lastFunction);
  }

  /**
   * A page of the feed of events; see {@link Event} for the order. A caller that continues with the
   * id of the last event misses no event and sees none twice. Pruning a function removes its
   * events.
   *
   * @param after the id of the last event seen; {@link Event#BEGINNING} for the oldest events,
   *     {@link #lastEventId} for future ones
   * @param limit the maximal number of events
   * @return a page; empty if there is no later event
   * @throws IllegalArgumentException if {@code after} is not the id of an event
   * @throws StoreException if the database cannot be read
   */
  public List<Event> events(String after, int limit) {
    return audit.events(after, limit);
  }

  /**
   * The last events of the feed.
   *
   * @param limit the maximal number of events; the result has fewer if many have been pruned
   * @return events in the order of the feed
   * @throws StoreException if the database cannot be read
   */
  public List<Event> lastEvents(int limit) {
    return audit.lastEvents(limit);
  }

  /**
   * The current end of the feed: the next event follows this id. Costs microseconds.
   *
   * @return an id for {@link #events}
   * @throws StoreException if the database cannot be read
   */
  public String lastEventId() {
    return audit.lastEventId();
  }

  /**
   * Checks the file for damage by SQLite's quick check, which reads all of it once.
   *
   * @return the faults, one line each; empty if there are none
   * @throws StoreException if the database cannot be read at all
   */
  public List<String> integrity() {
    return audit.integrity();
  }

  /**
   * The database.
   *
   * @return the path of the SQLite file, without symbolic links
   */
  public Path database() {
    return audit.database();
  }

  /**
   * The copy that this inspector reads, if this user may read the database but not write it, and no
   * worker has it open. Made when this inspector was opened. To see later changes, open another
   * inspector.
   *
   * @return the copy; empty if this inspector reads the database itself
   */
  public Optional<DatabaseCopy> copy() {
    return audit.copy();
  }

  /** Closes the connections, and removes the copy, if there is one. Idempotent. */
  @Override
  public void close() {
    audit.close();
  }
}
