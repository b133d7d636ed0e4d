package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.store.Witness.Reach;
import dev.lastly.internal.store.Witness.Testimony;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells a damaged database from a new one, by the {@link Witness} beside it. Stateless. */
final class Damage {
  private static final Logger log = LoggerFactory.getLogger(Damage.class);

  /** How long a person's {@code rm -r} may take from the database to the files beside it. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final int CHUNK_BYTES = 1 << 20;

  private static final long NEW_MILLIS = TimeUnit.MINUTES.toMillis(1);

  /** Reads the page at which the search for each function begins, and the last one. */
  private static final String LAST_FUNCTION = "SELECT max(id) FROM deferred_function";

  private Damage() {}

  /**
   * Checks, before SQLite opens the file, that the file is there if it must be. SQLite would take
   * an empty one for a new database, and delete the log beside it, with all that it holds.
   *
   * @throws DamagedStoreException if it is missing or empty, and a witness or a log lies beside it
   */
  static void requireFile(Path database) {
    long start = System.nanoTime();
    String found = whatRemains(database);
    while (found != null && System.nanoTime() - start < PATIENCE_NANOS) {
      LockSupport.parkNanos(PAUSE_NANOS);
      found = whatRemains(database);
    }
    if (found != null) {
      throw new DamagedStoreException(
          database
              + (Files.exists(database) ? " is empty" : " is missing")
              + ", but "
              + found
              + ". "
              + advice(database, database.resolveSibling("")),
          null);
    }
  }

  /**
   * Tells damage from a device that cannot read a page now; SQLite reports both as a malformed
   * database. If all bytes of the files can be read, it is damage. Call it when this JVM has closed
   * the database: it reads by Java I/O, which would drop SQLite's locks.
   *
   * @param found what failed
   * @return the failure as one of damage; the same if it is another one, or it cannot be told
   */
  static StoreException judge(Path database, StoreException found) {
    if (!SqlErrors.isMalformed(found)) {
      return found;
    }
    try (SqliteCopies alone = SqliteCopies.enterAlone(database)) {
      for (String suffix : List.of("", "-wal")) {
        readAll(Path.of(database + suffix));
      }
    } catch (IOException | StoreException e) { // the device cannot, or a manager has it open
      log.debug("cannot tell whether {} is damaged", database, e);
      return found;
    }
    Throwable cause = found.getCause();
    return new DamagedStoreException(
        String.format(
            Locale.ROOT,
            "%s is damaged: SQLite finds a page in it that is not what it must be (%s), and the"
                + " device can read all of it. %s",
            database,
            cause == null ? found.getMessage() : cause.getMessage(),
            advice(database, keepLog(database))),
        found);
  }

  private static void readAll(Path file) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    try (FileChannel open =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      while (open.read(chunk.clear()) >= 0) {
        // what it says does not matter
      }
    } catch (NoSuchFileException e) {
      log.debug("there is no {}", file, e);
    }
  }

  private static @Nullable String whatRemains(Path database) {
    if (bytes(database) > 0) {
      return null;
    }
    Path witness = Witness.beside(database);
    if (Files.exists(witness)) {
      return witness + " says that a store is here";
    }
    long logged = bytes(Path.of(database + "-wal"));
    return logged > 0 ? database + "-wal with " + logged + " bytes lies beside it" : null;
  }

  private static long bytes(Path file) {
    try {
      return Files.size(file); // stat(2): opens no descriptor
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * Checks that an open database holds what it must hold. Writes nothing to it.
   *
   * @param testimony what the witness said before the database was read; null without a witness
   * @throws DamagedStoreException if it is another store's, or its last rows are missing; the log
   *     is kept then
   */
  static void requireReach(Statements db, Path database, @Nullable Testimony testimony)
      throws SQLException {
    long unused = db.number(LAST_FUNCTION);
    if (testimony == null) {
      return;
    }
    String storeId = Witness.storeId(db);
    if (!storeId.equals(testimony.storeId())) {
      throw new DamagedStoreException(
          String.format(
              Locale.ROOT,
              "%s belongs to another store (its id is %s; %s says %s): another program has replaced"
                  + " it. Nothing was changed. Put the right file back; or, to go on with this one,"
                  + " remove %s while no worker runs",
              database,
              storeId,
              Witness.beside(database),
              testimony.storeId(),
              Witness.beside(database)),
          null);
    }
    Reach held = Reach.of(db);
    if (!held.covers(testimony.reach())) {
      throw new DamagedStoreException(
          missing(database, held, testimony.reach()) + ". " + advice(database, keepLog(database)),
          null);
    }
  }

  /**
   * Says, once, that nothing vouches for a database that has no witness. The caller makes one.
   *
   * @param held how far the database reaches
   * @param ageMillis how long ago the file last changed: the first processes make it at once, and
   *     then the witness
   */
  static void warnWithoutWitness(Path database, Reach held, long ageMillis) {
    boolean isNew = held.function() == 0 && ageMillis < NEW_MILLIS;
    if (!isNew && !Files.exists(Witness.beside(database), LinkOption.NOFOLLOW_LINKS)) {
      log.warn(
          "{} is there, and its witness is missing, the file {}: nothing tells whether acknowledged"
              + " functions are missing. It holds those up to id {}. If you have restored a backup,"
              + " that is as it should be. Otherwise find the program that removes files from the"
              + " state directory and stop it. Another witness is made now",
          database,
          Witness.beside(database),
          held.function());
    }
  }

  private static String missing(Path database, Reach held, Reach must) {
    String registrations =
        must.function() > held.function()
            ? String.format(
                Locale.ROOT,
                "%d acknowledged functions are missing: it ends at id %d, and ids up to %d were"
                    + " acknowledged",
                must.function() - held.function(),
                held.function(),
                must.function())
            : "acknowledged cancellations are missing";
    return database + " is damaged, or was replaced by an older copy; " + registrations;
  }

  private static Path keepLog(Path database) {
    try {
      return Remains.keepLog(database);
    } catch (IOException e) {
      log.error(
          "cannot give {}-wal a second name: {}. SQLite may delete it; copy it now",
          database,
          e.toString());
      return database.resolveSibling("");
    }
  }

  private static String advice(Path database, Path kept) {
    return String.format(
        Locale.ROOT,
        "Nothing was changed, and nothing runs; what is left is in %s. Get out what can be read:"
            + " lastly doctor --salvage DIRECTORY. If it is a backup that you restored, remove %s"
            + " while no worker runs. To go on with a new store: Settings.onDamage(BEGIN_NEW)",
        kept,
        Witness.beside(database));
  }
}
