package dev.lastly.internal.engine;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.ExclusiveLock;
import dev.lastly.internal.store.Opening;
import dev.lastly.internal.store.Store;
import dev.lastly.internal.store.StoreConfig;
import dev.lastly.model.Durability;
import dev.lastly.model.LastlyException;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.BooleanSupplier;

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
   * @throws ReplacedException if the directory, or a file in it, was deleted or replaced meanwhile,
   *     so that all of it has to be opened again
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
      return join(opening, directory, owners, settings, seams);
    } catch (StateDirectoryException e) {
      throw e.getCause() instanceof NoSuchFileException ? new ReplacedException(e) : e;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Membership join(
      Opening opening,
      StateDirectory directory,
      Owners owners,
      Settings settings,
      Engine.Seams seams) {
    BooleanSupplier inPlace = owners.locks()::isInPlace;
    try {
      Store store = Store.open(config(directory, owners, settings, seams), opening);
      inPlace = () -> owners.locks().isInPlace() && store.isInPlace();
      Seat seat = opening.step("seat", () -> new Seat(store, owners, seams), Seat::leave);
      long id = opening.step("owner", () -> seat.take(settings), taken -> {});
      if (!inPlace.getAsBoolean()) {
        throw new StateDirectoryException(
            directory.path() + " was deleted or replaced; stop whatever removes it");
      }
      return new Membership(directory, store, owners, id, settings, seams);
    } catch (StateDirectoryException | StoreException e) {
      throw inPlace.getAsBoolean() ? e : new ReplacedException(e);
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
        // A lock on a deleted file excludes nobody.
        throw new StateDirectoryException(
            directory.lockFile() + " was deleted or replaced; stop whatever removes it");
      }
      directory.makeDurable(); // before there is a schema, without which nobody registers anything
      return opening.complete(held::close);
    }
  }

  /** A person has deleted or replaced the directory, or a file in it, while it was opened. */
  static final class ReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReplacedException(LastlyException found) {
      super(found.getMessage(), found);
    }

    /** For the user, after so many tries. */
    StateDirectoryException asFinal(Path directory, int tries) {
      return new StateDirectoryException(
          String.format(
              Locale.ROOT,
              "%s, or a file in it, was deleted or replaced in each of %d tries to open it; stop"
                  + " whatever removes it. The last time: %s",
              directory,
              tries,
              getMessage()),
          this);
    }
  }
}
