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
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies a database with its log, for a user who may read the files and write none of them.
 *
 * <p>A worker that this process does not know may write meanwhile. What it commits goes to the end
 * of the log, whose frames have checksums, so a copy of any part of it is a state that was
 * committed. Only moving frames into the database, and restarting the log, could make the copies
 * contradict each other; both show when the files are {@linkplain FilesSeen looked at} before and
 * after.
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

  /**
   * What shows that frames of a log were moved into the database, or that the log was restarted, if
   * two looks differ. A log that has only grown looks the same.
   *
   * @param database the database itself
   * @param journal what a change of the journal mode may have left, or null
   * @param logHeader the first bytes of the log, with salts that differ each time it is begun;
   *     empty if there is nothing in it
   */
  record FilesSeen(Seen database, @Nullable Seen journal, String logHeader) {
    /** https://www.sqlite.org/walformat.html section 2.1. */
    private static final int LOG_HEADER_BYTES = 32;

    /** File times are as fine as the kernel's tick: two changes within one look like one. */
    private static final Duration TICKS = Duration.ofMillis(50);

    /** A file's attributes. Its times are the kernel's. */
    private record Seen(@Nullable Object file, long bytes, Instant changed) {}

    static FilesSeen of(Path database) throws IOException {
      Seen main = look(database);
      if (main == null) {
        throw new NoSuchFileException(database.toString());
      }
      return new FilesSeen(
          main, look(Path.of(database + "-journal")), header(Path.of(database + "-wal")));
    }

    private static @Nullable Seen look(Path file) throws IOException {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        return new Seen(found.fileKey(), found.size(), found.lastModifiedTime().toInstant());
      } catch (NoSuchFileException e) {
        return null;
      }
    }

    private static String header(Path wal) throws IOException {
      try (InputStream in = Files.newInputStream(wal)) {
        return HexFormat.of().formatHex(in.readNBytes(LOG_HEADER_BYTES));
      } catch (NoSuchFileException e) {
        return "";
      }
    }

    /**
     * Whether the database was last changed so long before a moment, or after it by a clock that
     * was set back, that a change from then on must show.
     */
    boolean isOlderThan(Instant moment) {
      return Duration.between(database.changed(), moment).abs().compareTo(TICKS) > 0;
    }
  }

  /**
   * A directory that only this user may enter, below the temporary directory, for as long as this
   * process needs it. What processes that were killed have left is removed by the next.
   */
  static final class ScratchDirectory implements AutoCloseable {
    private static final String PREFIX = "read-";
    private static final String IN_USE = "in-use";

    private final Path path;
    private final FileChannel guard; // its lock shows the others that this process lives

    private ScratchDirectory(Path path, FileChannel guard) {
      this.path = path;
      this.guard = guard;
    }

    /**
     * The directory that holds all of this user's.
     *
     * @throws StoreException if another user could write there
     */
    static Path ofThisUser() {
      Path home = Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "lastly-" + Posix.uid());
      try {
        Posix.createPrivateDirectories(home);
        Optional<String> open = Posix.openToOthers(home);
        if (open.isPresent()) {
          throw new IOException("others could plant files there: " + open.get());
        }
        return home;
      } catch (IOException e) {
        throw new StoreException(
            String.format(
                Locale.ROOT,
                "cannot use the temporary directory %s: %s; set java.io.tmpdir to a directory that"
                    + " this user can write",
                home,
                e),
            e);
      }
    }

    /** Makes one, and removes those that killed processes have left. */
    static ScratchDirectory make() {
      Path home = ofThisUser();
      removeAbandoned(home);
      try {
        Path path = Files.createTempDirectory(home, PREFIX + Posix.pid() + "-");
        FileChannel guard =
            FileChannel.open(
                path.resolve(IN_USE),
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                Posix.privateFile());
        guard.lock();
        return new ScratchDirectory(path, guard);
      } catch (IOException e) {
        throw new StoreException("cannot make a directory in " + home + ": " + e, e);
      }
    }

    Path path() {
      return path;
    }

    private static void removeAbandoned(Path home) {
      String own = PREFIX + Posix.pid() + "-"; // to look would drop the locks of this very process
      try (DirectoryStream<Path> all = Files.newDirectoryStream(home, PREFIX + "*")) {
        for (Path one : all) {
          if (!one.getFileName().toString().startsWith(own)) {
            removeIfAbandoned(one);
          }
        }
      } catch (IOException e) {
        log.debug("cannot tidy up {}", home, e);
      }
    }

    private static void removeIfAbandoned(Path directory) throws IOException {
      try (FileChannel guard =
              FileChannel.open(directory.resolve(IN_USE), StandardOpenOption.WRITE);
          FileLock lock = guard.tryLock()) {
        if (lock != null) {
          delete(directory);
        }
      } catch (NoSuchFileException e) {
        log.debug("{} is just being made, or being removed", directory, e);
      }
    }

    private static void delete(Path directory) throws IOException {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(directory);
    }

    /** Removes it with all that is in it. */
    @Override
    public void close() {
      try {
        delete(path);
        guard.close();
      } catch (IOException e) {
        log.warn("cannot remove {}, which nothing needs any more: remove it by hand", path, e);
      }
    }
  }
}
