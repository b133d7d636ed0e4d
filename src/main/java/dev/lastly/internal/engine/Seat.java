package dev.lastly.internal.engine;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Store;
import dev.lastly.model.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/**
 * An owner's row and lock byte, while the owner is being opened. Gives both back if the opening
 * fails, also if it failed at a moment when it is unknown whether the row was committed. For one
 * thread.
 */
final class Seat {
  private final Store store;
  private final Owners owners;
  private final Engine.Seams seams;
  private final List<Long> bytes = new ArrayList<>(); // all that were taken; the last has the row

  Seat(Store store, Owners owners, Engine.Seams seams) {
    this.store = store;
    this.owners = owners;
    this.seams = seams;
  }

  /**
   * Takes a lock byte and writes the row.
   *
   * @return the owner's id; empty if the database was removed meanwhile
   */
  OptionalLong take(Settings settings) {
    LongPredicate hold =
        id -> {
          boolean held = owners.locks().hold(id);
          if (held) {
            bytes.add(id);
          }
          return held;
        };
    OptionalLong id =
        store.registerOwner(
            owners.self(), owners.locks().inode(), settings.label(), seams.clock().millis(), hold);
    if (id.isPresent()) {
      freeOthers(id.getAsLong());
    }
    return id;
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
      // While this process holds the byte, no other process registers with that id.
      if (store.openOwners().stream().anyMatch(owner -> owner.id() == id)) {
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
