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
 * An owner's row and lock byte, while the owner is being opened. If the opening fails, it closes
 * the row and frees the byte, even if the failure left it unknown whether the row was committed.
 * For one thread.
 */
final class Seat {
  private final Store store;
  private final Owners owners;
  private final Node.Seams seams;
  private final List<Long> bytes =
      new ArrayList<>(); // all bytes taken; the last one belongs to the row

  Seat(Store store, Owners owners, Node.Seams seams) {
    this.store = store;
    this.owners = owners;
    this.seams = seams;
  }

  /**
   * Takes a lock byte and writes the row.
   *
   * @return the owner's id
   * @throws StateDirectoryException if the kernel refuses the lock, or if the lock file was deleted
   *     or replaced since it was opened; then no row was written
   * @throws StoreException if the row could not be written, or the database file was deleted or
   *     replaced since it was opened
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
            owners.self(),
            owners.locks().inode(),
            settings.label(),
            seams.clock().millis(),
            SteadyClock.readings(seams.clock(), owners.self().bootId()),
            hold);
    freeOthers(id);
    return id;
  }

  /**
   * Checks the lock file after the lock. A process that probes a new lock file cannot see a lock on
   * the deleted one, and would take this owner for dead.
   */
  private void requireLockFileInPlace() {
    if (!owners.locks().isInPlace()) {
      throw new StateDirectoryException(
          "the lock file of the state directory was deleted or replaced while a manager was being"
              + " opened; find the program that removes it and stop it");
    }
  }

  /** Frees the bytes taken in transactions that were rolled back. */
  private void freeOthers(long id) {
    for (long other : List.copyOf(bytes)) {
      if (other != id) {
        free(other);
      }
    }
  }

  /**
   * Closes the row, if there is one, and then frees the byte. In the other order the owner would
   * look dead.
   */
  void leave() {
    for (long id : List.copyOf(bytes)) {
      // While this process holds the byte, no other process registers that id. In a deleted
      // database, no process looks for the row.
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
