package dev.lastly.internal.node;

import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Opening;
import dev.lastly.internal.store.Store;
import dev.lastly.internal.store.StoreConfig;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.Durability;
import dev.lastly.model.LastlyException;
import dev.lastly.model.OnDamage;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.model.StoreException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * Opens the store of one machine: its processes share a state directory, whose database holds their
 * functions and whose lock file tells, by kernel locks, which of them live. Thread-safe.
 */
public final class Node {
  private static final Log log = Log.of(Node.class);

  /** How often an open starts again because the directory was deleted or replaced during it. */
  private static final int MAX_TRIES = 20;

  private static final Set<Path> TOLD = ConcurrentHashMap.newKeySet();

  private Node() {}

  /**
   * The dependencies that tests replace by fakes.
   *
   * @param owners opens the lock file and looks at the process table
   * @param clock wall-clock time, for times in rows and for due retries; steps of it are observed
   *     only if it is a {@code SteadyClock}
   * @param source wraps the data source between the pools and SQLite
   * @param opening observes each step of the opening, see {@link Opening}; what it throws fails the
   *     step
   */
  public record Seams(
      Function<Path, Owners> owners,
      InstantSource clock,
      UnaryOperator<DataSource> source,
      Consumer<String> opening) {
    /** Without an observer of the opening. */
    public Seams(
        Function<Path, Owners> owners, InstantSource clock, UnaryOperator<DataSource> source) {
      this(owners, clock, source, event -> {});
    }

    /** The real dependencies. */
    public static Seams real() {
      return new Seams(Owners::open, SteadyClock.ofThisMachine(), UnaryOperator.identity());
    }
  }

  /** Begins to load in the background what {@link #open} needs. Returns at once. */
  public static void prepare() {
    Store.prepare();
  }

  /**
   * Opens a state directory and registers an owner in it. The owner's row is committed when this
   * returns. If this throws, it leaves nothing open: no owner, lock byte, connection, thread or
   * shutdown hook.
   *
   * @throws StateDirectoryException if the directory is unusable: its file system, its permissions,
   *     or it was deleted or replaced during each try
   * @throws StoreException if the database cannot be opened or written
   */
  public static Engine open(Path stateDirBase, String stem, Settings settings, Seams seams) {
    return joined(
        stateDirBase,
        stem,
        settings,
        seams,
        (opening, me) ->
            Engine.start(opening, membership(me), () -> open(stateDirBase, stem, settings, seams)));
  }

  /**
   * Opens a state directory and registers an owner in it that stands for an owner of a store that
   * many nodes share. It runs no functions. The same promises as {@link #open}.
   *
   * @throws StateDirectoryException as {@link #open}
   * @throws StoreException as {@link #open}
   */
  public static LocalOwner openForFleet(
      Path stateDirBase, String stem, Settings settings, Seams seams) {
    return joined(
        stateDirBase,
        stem,
        settings,
        seams,
        (opening, me) -> new FleetSeat(me, membership(me).liveness(), me.store().storeId()));
  }

  private static <T> T joined(
      Path stateDirBase,
      String stem,
      Settings settings,
      Seams seams,
      BiFunction<Opening, NodeOwner, T> start) {
    for (int i = 1; ; i++) {
      try (Opening opening = new Opening(seams.opening())) {
        NodeOwner me = joinAsOwner(opening, stateDirBase, stem, settings, seams);
        return opening.complete(start.apply(opening, me));
      } catch (ReplacedException e) {
        if (i == MAX_TRIES) {
          throw e.asFinal(stateDirBase.resolve(stem));
        }
        log.debug("{} was replaced while it was being opened; trying again", stateDirBase, e);
      } catch (StoreException e) { // whatever was open has been closed
        StoreException judged =
            Store.isMalformed(e)
                ? Store.judge(prepare(stateDirBase, stem, settings).database(), e)
                : e;
        if (settings.onDamage() == OnDamage.REFUSE
            || i == MAX_TRIES
            || !(judged instanceof DamagedStoreException damage)) {
          throw judged;
        }
        moveAside(stateDirBase, stem, settings, seams, damage);
      }
    }
  }

  private static StateDirectory prepare(Path stateDirBase, String stem, Settings settings) {
    return StateDirectory.prepare(
        stateDirBase, stem, settings.policy(), settings.allowedFileSystems());
  }

  /** Makes room for a new store. Does nothing if another process has done so. */
  private static void moveAside(
      Path stateDirBase, String stem, Settings settings, Seams seams, DamagedStoreException found) {
    StateDirectory directory = prepare(stateDirBase, stem, settings);
    Owners owners = seams.owners().apply(directory.lockFile());
    try (StoreConfig.ExclusiveLock held = firstOpen(directory, owners, settings)) {
      // SQLite deletes the log by its path with the last connection to a database, wherever that
      // has been moved: the log of the new store.
      Optional<String> users = users(directory, owners);
      if (users.isPresent()) {
        throw new DamagedStoreException(
            found.getMessage()
                + ". No new store was begun, because a process still has the damaged one open;"
                + " stop all workers and readers of this directory first: "
                + users.get(),
            found);
      }
      Store.moveAsideIfDamaged(config(directory, owners, settings, seams), owners.self())
          .ifPresent(
              aside ->
                  log.error(
                      "{}. It was moved to {}, and a new store was begun: the functions in it do"
                          + " not run. Get out what can be read: lastly doctor --salvage DIRECTORY",
                      found.getMessage(),
                      aside));
    }
  }

  /**
   * The processes that have the database open, in words; empty if none is seen. Readers in a pid
   * namespace that this process does not see may be missing; workers are not.
   */
  private static Optional<String> users(StateDirectory directory, Owners owners) {
    List<Long> connected =
        Owners.connected(directory.path().resolve(directory.database().getFileName() + "-shm"));
    if (!connected.isEmpty()) {
      return Optional.of("process ids: " + connected);
    }
    return owners.locks().isFree(Owners.FIRST, Owners.LINE - Owners.FIRST)
        ? Optional.empty()
        : Optional.of("a worker in a pid namespace that this process does not see");
  }

  /**
   * Opens the database and registers an owner in it.
   *
   * @throws ReplacedException if the directory, or a file in it, was deleted or replaced during
   *     this call; the caller opens it again
   */
  static Membership join(
      Opening opening, Path stateDirBase, String stem, Settings settings, Seams seams) {
    return membership(joinAsOwner(opening, stateDirBase, stem, settings, seams));
  }

  private static NodeOwner joinAsOwner(
      Opening opening, Path stateDirBase, String stem, Settings settings, Seams seams) {
    // Cleared here and restored below: an interrupt would fail reads through a channel.
    boolean interrupted = Thread.interrupted();
    try {
      StateDirectory directory =
          opening.step("directory", () -> prepare(stateDirBase, stem, settings), prepared -> {});
      Owners owners = // no undo: the JVM shares the channel
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

  private static NodeOwner join(
      Opening opening, StateDirectory directory, Owners owners, Settings settings, Seams seams) {
    BooleanSupplier inPlace = owners.locks()::isInPlace;
    try {
      Owners.requireOneLog(directory.database(), directory.lockFile());
      Store store = Store.open(config(directory, owners, settings, seams), opening);
      inPlace = () -> owners.locks().isInPlace() && store.isInPlace();
      // Once more, before this process writes.
      Owners.requireOneLog(directory.database(), directory.lockFile());
      Seat seat = opening.step("seat", () -> new Seat(store, owners, seams), Seat::leave);
      // The driver opens files by path: what was opened must be what was checked.
      directory.requireUnchanged(settings.policy());
      long id = opening.step("owner", () -> seat.take(settings), taken -> {});
      if (!inPlace.getAsBoolean()) {
        throw new StateDirectoryException(
            directory.path()
                + " was deleted or replaced; find the program that removes it and stop it");
      }
      warnOfMemory(directory, settings);
      return new NodeOwner(directory, store, owners, id, settings, seams.clock());
    } catch (StateDirectoryException | StoreException e) {
      throw inPlace.getAsBoolean() ? e : new ReplacedException(e);
    }
  }

  /** One line for each directory and process: every open would tell the same. */
  private static void warnOfMemory(StateDirectory directory, Settings settings) {
    if (settings.durability() == Durability.POWER_LOSS
        && directory.isInMemory()
        && TOLD.add(directory.path())) {
      log.warn(
          "{} lies in memory (tmpfs): what is registered there survives the death of the process,"
              + " but not that of the machine, whatever Durability.POWER_LOSS says. That is right"
              + " if all that the functions clean up is gone then, too: say so with"
              + " Durability.PROCESS_CRASH. Otherwise choose a directory on a disk",
          directory.path());
    }
  }

  private static Membership membership(NodeOwner me) {
    return new Membership(
        new NodeFunctions(me),
        new NodeLiveness(me),
        new NodeUpkeep(me),
        me.directory().path().toString(),
        me.settings());
  }

  private static StoreConfig config(
      StateDirectory directory, Owners owners, Settings settings, Seams seams) {
    return new StoreConfig(
        directory.database(),
        settings.storeTimeout(),
        () -> firstOpen(directory, owners, settings),
        seams.source(),
        new WriteLine(owners.locks()),
        settings.logLimit() == 0 ? Long.MAX_VALUE : settings.logLimit(),
        () -> users(directory, owners));
  }

  private static StoreConfig.ExclusiveLock firstOpen(
      StateDirectory directory, Owners owners, Settings settings) {
    try (Opening opening = new Opening()) {
      Owners.Held held =
          opening.step(
              "byte 0",
              () -> owners.locks().exclusive(settings.storeTimeout()),
              Owners.Held::close);
      if (!owners.locks().isInPlace()) {
        // A lock on a deleted file excludes no other process.
        throw new StateDirectoryException(
            directory.lockFile()
                + " was deleted or replaced; find the program that removes it and stop it");
      }
      directory
          .makeDurable(); // before the schema exists: no process registers a function without it
      return opening.complete(held::close);
    }
  }

  /** The directory, or a file in it, was deleted or replaced while this process opened it. */
  private static final class ReplacedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReplacedException(LastlyException found) {
      super(found.getMessage(), found);
    }

    /** The exception for the user, after the last try. */
    StateDirectoryException asFinal(Path directory) {
      return new StateDirectoryException(
          String.format(
              Locale.ROOT,
              "%s, or a file in it, was deleted or replaced in each of %d tries to open it; find"
                  + " the program that removes it and stop it. The last failure: %s",
              directory,
              MAX_TRIES,
              getMessage()),
          this);
    }
  }

  /** The bytes of the lock file by which processes queue for the write lock. */
  private record WriteLine(Owners.OwnerLocks locks) implements LockBytes {
    @Override
    public boolean hold(long number) {
      try {
        return locks.hold(Owners.LINE + number);
      } catch (
          StateDirectoryException
              e) { // the kernel may be out of locks; writes do not depend on the queue
        log.debug("could not lock a byte for the queue; this process writes without queueing", e);
        return false;
      }
    }

    @Override
    public void release(long number) {
      locks.release(Owners.LINE + number);
    }

    @Override
    public boolean isFree(long first, long count) {
      return locks.isFree(Owners.LINE + first, count);
    }
  }
}
