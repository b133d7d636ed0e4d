package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.model.DatabaseCopy;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies a database with its log, for a user who may read the files and write none of them.
 *
 * <p>A worker of which nobody here knows may write meanwhile. Whatever it commits goes to the end
 * of the log, whose frames have checksums, so a copy of any part of it is a state that was
 * committed. Only moving frames into the database, and beginning the log anew, could make the
 * copies contradict each other; both show when the files are {@linkplain FilesSeen looked at}
 * before and after.
 */
final class ReadingCopy implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReadingCopy.class);

  private static final int TRIES = 50;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** After the database's name. The index of the log is left out: SQLite makes another one. */
  static final List<String> FILES = List.of("", "-wal", "-journal");

  private final ScratchDirectory directory;
  private final DatabaseCopy copy;

  private ReadingCopy(ScratchDirectory directory, DatabaseCopy copy) {
    this.directory = directory;
    this.copy = copy;
  }

  /**
   * Makes a copy. Reads the files without SQLite, which would drop its locks if it had them open in
   * this JVM: so nothing else here may open them meanwhile.
   *
   * @throws StoreException if the database is open in this JVM, cannot be read, or changes all the
   *     time
   */
  static ReadingCopy of(Path database) {
    SqliteCopies alone = SqliteCopies.enterAlone(database);
    ScratchDirectory directory = ScratchDirectory.make();
    try {
      ReadingCopy made = new ReadingCopy(directory, copy(database, directory));
      log.debug("{} is read as {}", database, made.copy);
      return made;
    } catch (IOException e) {
      directory.close();
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "cannot copy %s, which this user may read but not write, to %s: %s; make room there,"
                  + " or set java.io.tmpdir to another directory",
              database,
              directory.path(),
              e),
          e);
    } catch (StoreException e) {
      directory.close();
      throw e;
    } finally {
      alone.close();
    }
  }

  private static DatabaseCopy copy(Path database, ScratchDirectory directory) throws IOException {
    Path target = directory.path().resolve(database.getFileName());
    for (int i = 0; i < TRIES; i++) {
      Instant start = Instant.now();
      FilesSeen before = FilesSeen.of(database);
      for (String suffix : FILES) {
        copy(Path.of(database + suffix), Path.of(target + suffix));
      }
      if (before.isOlderThan(start) && before.equals(FilesSeen.of(database))) {
        return new DatabaseCopy(target, start);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new StoreException(
        database
            + " changes while it is copied, so some worker lives, and this user may not read it"
            + " beside that worker. Let this user read "
            + database.getFileName()
            + "-shm, too, or run this as the workers' user");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.deleteIfExists(to); // of the try before
    if (!Files.exists(from)) {
      return;
    }
    try (InputStream in = Files.newInputStream(from);
        FileChannel channel =
            FileChannel.open(
                to,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                Posix.privateFile());
        OutputStream out = Channels.newOutputStream(channel)) {
      in.transferTo(out);
    }
  }

  /** What was copied, and when. */
  DatabaseCopy copy() {
    return copy;
  }

  /** Removes the copy. */
  @Override
  public void close() {
    directory.close();
  }
}
