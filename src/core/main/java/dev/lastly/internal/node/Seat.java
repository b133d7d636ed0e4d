package dev.lastly.internal.node;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Store;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/**
 * An owner's row and lock byte, while the owner is being opened. Gives both back if the opening
 * fails, also if it failed at a moment when it is unknown whether the row was committed. For one
 * thread.
 */
final class Seat {
  private final Store store;
  private final Owners owners;
  private final Node.Seams seams;
  private final List<Long> bytes = new ArrayList<>(); // all that were taken; the last has the row

  Seat(Store store, Owners owners, Node.Seams seams) {
    this.store = store;
    this.owners = owners;
    this.seams = seams;
  }

  /**
   * Takes a lock byte and writes the row.
   *
   * @return the owner's id
   * @throws StateDirectoryException also if the lock file was deleted or replaced since it was
   *     opened; then there is no row
   * @throws StoreException also if the database was
   */
  long take(Settings settings) {
    LongPredicate hold =
        id -> {
          boolean held = owners.locks().hold(id);
          if (held) {
            bytes.add(id);
          }
          seams.opening().accept("after lock byte");
          requireLockFileInPlace();
          return held;
        };
    long id =
        store.registerOwner(
            owners.self(), owners.locks().inode(), settings.label(), seams.clock().millis(), hold);
    freeOthers(id);
    return id;
  }

  /** To a process that probes the new file, a byte of the deleted one is free, its owner dead. */
  private void requireLockFileInPlace() {
    if (!owners.locks().isInPlace()) {
      throw new StateDirectoryException(
          "the lock file of the state directory was deleted or replaced while a manager was being"
              + " opened; stop whatever removes it");
    }
  }

  /** Bytes of transactions that were rolled back. */
  private void freeOthers(long id) {
    for (long other : List.copyOf(bytes)) {
      if (other != id) {
        free(other);
      }
    }
  }

  /** Closes the row, if there is one, then frees the byte: in this order, or it would look dead. */
  void leave() {
    for (long id : List.copyOf(bytes)) {
      // While this process holds the byte, no other process registers with that id. And in a
      // database that was deleted no process looks for the row.
      if (store.isInPlace() && store.openOwners().stream().anyMatch(owner -> owner.id() == id)) {
        store.closeOwner(id, "closed", seams.clock().millis());
      }
      free(id);
    }
  }

  private void free(long id) {
    owners.locks().release(id);
    bytes.remove((Long) id);
  }
}
