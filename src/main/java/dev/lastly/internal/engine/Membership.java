package dev.lastly.internal.engine;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.ExclusiveLock;
import dev.lastly.internal.store.Store;
import dev.lastly.internal.store.StoreConfig;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process as an owner in an open database: what the parts of the engine share.
 *
 * @param directory where the database is
 * @param store the database
 * @param owners who lives
 * @param ownerId this owner's id and lock byte
 * @param settings as given by the user
 * @param seams clock and the like
 */
record Membership(
    StateDirectory directory,
    Store store,
    Owners owners,
    long ownerId,
    Settings settings,
    Engine.Seams seams) {
  private static final Logger log = LoggerFactory.getLogger(Membership.class);

  /** How often the directory may be removed under us while we open it. */
  private static final int MAX_TRIES = 20;

  long now() {
    return seams.clock().millis();
  }

  boolean toDevice() {
    return settings.durability() == Durability.POWER_LOSS;
  }

  /** Opens the database and registers an owner in it. */
  static Membership join(Path stateDirBase, String stem, Settings settings, Engine.Seams seams) {
    // Reading a file through a channel fails in an interrupted thread: the flag waits.
    boolean interrupted = Thread.interrupted();
    try {
      return tryToJoin(stateDirBase, stem, settings, seams);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Membership tryToJoin(
      Path stateDirBase, String stem, Settings settings, Engine.Seams seams) {
    for (int i = 0; i < MAX_TRIES; i++) {
      try {
        StateDirectory directory =
            StateDirectory.prepare(
                stateDirBase, stem, settings.policy(), settings.allowedFileSystems());
        Owners owners = seams.owners().apply(directory.lockFile());
        Store store = openStore(directory, owners, settings, seams);
        OptionalLong id = register(store, owners, settings, seams);
        if (id.isPresent()) {
          return new Membership(directory, store, owners, id.getAsLong(), settings, seams);
        }
      } catch (LockFileReplacedException e) {
        log.debug("the directory was removed by a node's last round; it is made anew", e);
      }
    }
    throw new StateDirectoryException(
        "%s was removed %d times while it was being opened; stop whatever removes it"
            .formatted(stateDirBase.resolve(stem), MAX_TRIES));
  }

  private static Store openStore(
      StateDirectory directory, Owners owners, Settings settings, Engine.Seams seams) {
    return Store.open(
        new StoreConfig(
            directory.database(),
            settings.storeTimeout(),
            () -> firstOpen(directory, owners, settings),
            seams.source(),
            new WriteLine(owners.locks())));
  }

  private static ExclusiveLock firstOpen(
      StateDirectory directory, Owners owners, Settings settings) {
    Owners.Held held = owners.locks().exclusive(settings.storeTimeout());
    if (!owners.locks().isInPlace()) {
      held.close(); // we waited for a lock on a file that was then deleted: it excludes nobody
      throw new LockFileReplacedException();
    }
    try {
      directory.makeDurable(); // before there is a schema, without which nobody registers anything
    } catch (StateDirectoryException e) {
      held.close();
      throw e;
    }
    return held::close;
  }

  private static OptionalLong register(
      Store store, Owners owners, Settings settings, Engine.Seams seams) {
    List<Long> taken = new ArrayList<>();
    LongPredicate hold =
        id -> {
          boolean held = owners.locks().hold(id);
          if (held) {
            taken.add(id);
          }
          return held;
        };
    OptionalLong id = OptionalLong.empty();
    try {
      id =
          store.registerOwner(
              owners.self(),
              owners.locks().inode(),
              settings.label(),
              seams.clock().millis(),
              hold);
      return id;
    } finally {
      for (long number : taken) {
        if (id.isEmpty() || id.getAsLong() != number) {
          owners.locks().release(number); // of a transaction that was not committed
        }
      }
      if (id.isEmpty()) {
        store.close();
      }
    }
  }

  /** The lock file was deleted between its opening and its locking. */
  private static final class LockFileReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
