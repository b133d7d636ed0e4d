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
 * Looks at a node's functions, owners and history without taking part: it is no owner, runs nothing
 * and changes nothing.
 *
 * <p>Promised: each call sees one committed state, and holds up no worker. Rows come in pages: give
 * the id of the last one seen to go on.
 *
 * <p>A user who may read the files but not write them can look, too. SQLite would have to write
 * beside the database while no worker lives, so a {@linkplain #copy copy} is read then, which does
 * not change any more.
 *
 * <p>Not promised: that what was seen is still so. Thread-safe. The same caution as with {@link
 * DeferredFunctionManager}: while it is open, nothing in this JVM may open {@code owners.lock} or
 * the database's files with Java I/O.
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
   * The state of the node at a glance. Costs milliseconds, also with a million finished functions.
   *
   * @return counts and sizes
   * @throws StoreException if the database cannot be read
   */
  public Status status() {
    return audit.status();
  }

  /**
   * Owners in the order of their ids, each with what can be seen of its process now.
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
   * @param filter which ones
   * @param afterId the last id seen, 0 to begin
   * @param limit most rows wanted
   * @return a page; empty if there is no more
   * @throws StoreException if the database cannot be read
   */
  public List<FunctionRow> functions(FunctionFilter filter, long afterId, int limit) {
    return audit.functions(filter, afterId, limit);
  }

  /**
   * The whole life of a function.
   *
   * @param id its id
   * @return empty if there is no such function, or it has been pruned
   * @throws StoreException if the database cannot be read
   */
  public Optional<FunctionLife> function(long id) {
    return audit.function(id);
  }

  /**
   * The executions of many functions at once.
   *
   * @param firstFunction the lowest id of a function
   * @param lastFunction the highest; what lies between is all read, so it should not be far
   * @return by function and number
   * @throws StoreException if the database cannot be read
   */
  public List<AttemptRow> attempts(long firstFunction, long lastFunction) {
    return audit.attempts(firstFunction, lastFunction);
  }

  /**
   * What happened; see {@link Event} for the order. A caller that goes on with the id of the last
   * event seen misses nothing and sees nothing twice. The events of a function go when it is
   * pruned.
   *
   * @param after the id of the last event seen; {@link Event#BEGINNING} to begin with the oldest,
   *     {@link #lastEventId} with the next
   * @param limit most events wanted
   * @return a page; empty if nothing has happened since
   * @throws IllegalArgumentException if {@code after} is no id of an event
   * @throws StoreException if the database cannot be read
   */
  public List<Event> events(String after, int limit) {
    return audit.events(after, limit);
  }

  /**
   * The last events of the feed.
   *
   * @param limit most events wanted; fewer are given if many have been pruned
   * @return in the order of the feed
   * @throws StoreException if the database cannot be read
   */
  public List<Event> lastEvents(int limit) {
    return audit.lastEvents(limit);
  }

  /**
   * The present end of the feed: an id after which the next event comes. Costs microseconds.
   *
   * @return what {@link #events} takes
   * @throws StoreException if the database cannot be read
   */
  public String lastEventId() {
    return audit.lastEventId();
  }

  /**
   * Looks for damage in the file: SQLite's quick check, which reads all of it once.
   *
   * @return what is wrong, one line each; empty if nothing is
   * @throws StoreException if the database cannot be read at all
   */
  public List<String> integrity() {
    return audit.integrity();
  }

  /**
   * The database that is looked at.
   *
   * @return the SQLite file, without symbolic links
   */
  public Path database() {
    return audit.database();
  }

  /**
   * What is read instead of the database, if this user may read it but not write it, and no worker
   * has it open: made when this inspector was opened. To see what has happened since, open another.
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
