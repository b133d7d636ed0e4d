package dev.lastly.internal.engine;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.ExclusiveLock;
import dev.lastly.internal.store.Opening;
import dev.lastly.internal.store.Store;
import dev.lastly.internal.store.StoreConfig;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.util.OptionalLong;

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
  long now() {
    return seams.clock().millis();
  }

  boolean toDevice() {
    return settings.durability() == Durability.POWER_LOSS;
  }

  /**
   * Opens the database and registers an owner in it.
   *
   * @throws DirectoryReplacedException if the directory was removed meanwhile, so that all of it
   *     has to be opened again
   */
  static Membership join(
      Opening opening, Path stateDirBase, String stem, Settings settings, Engine.Seams seams) {
    // Reading a file through a channel fails in an interrupted thread: the flag waits.
    boolean interrupted = Thread.interrupted();
    try {
      StateDirectory directory =
          opening.step(
              "directory",
              () ->
                  StateDirectory.prepare(
                      stateDirBase, stem, settings.policy(), settings.allowedFileSystems()),
              prepared -> {});
      Owners owners = // its channel is the JVM's, not ours to close
          opening.step("lock file", () -> seams.owners().apply(directory.lockFile()), opened -> {});
      Store store = Store.open(config(directory, owners, settings, seams), opening);
      Seat seat = opening.step("seat", () -> new Seat(store, owners, seams), Seat::leave);
      OptionalLong id = opening.step("owner", () -> seat.take(settings), taken -> {});
      return new Membership(
          directory,
          store,
          owners,
          id.orElseThrow(DirectoryReplacedException::new),
          settings,
          seams);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static StoreConfig config(
      StateDirectory directory, Owners owners, Settings settings, Engine.Seams seams) {
    return new StoreConfig(
        directory.database(),
        settings.storeTimeout(),
        () -> firstOpen(directory, owners, settings),
        seams.source(),
        new WriteLine(owners.locks()));
  }

  private static ExclusiveLock firstOpen(
      StateDirectory directory, Owners owners, Settings settings) {
    try (Opening opening = new Opening()) {
      Owners.Held held =
          opening.step(
              "byte 0",
              () -> owners.locks().exclusive(settings.storeTimeout()),
              Owners.Held::close);
      if (!owners.locks().isInPlace()) {
        throw new DirectoryReplacedException(); // a lock on a deleted file excludes nobody
      }
      directory.makeDurable(); // before there is a schema, without which nobody registers anything
      return opening.complete(held::close);
    }
  }

  /** The directory was removed by a node's last round while this process opened it. */
  static final class DirectoryReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DirectoryReplacedException() {
      super("the state directory was removed while it was being opened", null, true, false);
    }
  }
}
