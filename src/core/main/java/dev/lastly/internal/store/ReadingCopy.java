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
 * Copies a database with its log, for a user who may read the files but not write them. For one
 * thread.
 *
 * <p>A worker may write during the copy. Its commits go to the end of the log, whose frames have
 * checksums, so a copy of any prefix of the log is a committed state. Only a checkpoint, which
 * moves frames into the database, or a restart of the log can make the copied files contradict each
 * other. A comparison of the files {@linkplain FilesSeen before and after} detects both.
 */
final class ReadingCopy implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ReadingCopy.class);

  private static final int TRIES = 50;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /** Suffixes of the database's name. Without -shm, the index of the log: SQLite rebuilds it. */
  static final List<String> FILES = List.of("", "-wal", "-journal");

  private final ScratchDirectory directory;
  private final DatabaseCopy copy;

  private ReadingCopy(ScratchDirectory directory, DatabaseCopy copy) {
    this.directory = directory;
    this.copy = copy;
  }

  /**
   * Makes a copy. Reads the files by Java I/O, which would drop SQLite's locks if SQLite had them
   * open in this JVM, so no other code may open them during the copy.
   *
   * @throws StoreException if the database is open in this JVM, cannot be read, or changed during
   *     each try
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
              "cannot copy %s, which this user may read but not write, to %s: %s; free some space"
                  + " there, or set java.io.tmpdir to another directory",
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
            + " changed during each copy, so a worker is using it, and this user may not read it"
            + " beside that worker. Let this user read "
            + database.getFileName()
            + "-shm, too, or run this as the workers' user");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.deleteIfExists(to); // from the previous try
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

  /** The database that was copied, and the time of the copy. */
  DatabaseCopy copy() {
    return copy;
  }

  /** Removes the copy. */
  @Override
  public void close() {
    directory.close();
  }

  /**
   * A fingerprint of the files. If two differ, a checkpoint has moved frames into the database, or
   * the log was restarted. A log that has only grown has the same fingerprint.
   *
   * @param database the database file
   * @param journal a rollback journal, which a change of the journal mode may have left, or null
   * @param logHeader the header of the log, whose salts change with each restart; empty if the log
   *     is empty
   */
  record FilesSeen(Seen database, @Nullable Seen journal, String logHeader) {
    /** https://www.sqlite.org/walformat.html section 2.1. */
    private static final int LOG_HEADER_BYTES = 32;

    /**
     * File times have the resolution of the kernel's tick: two changes within one tick look like
     * one.
     */
    private static final Duration TICKS = Duration.ofMillis(50);

    /** The attributes of a file. */
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
     * Whether the last change of the database is so far from the moment that any change after the
     * moment gets another file time. The last change may even be later than the moment, if the
     * clock was set back.
     */
    boolean isOlderThan(Instant moment) {
      return Duration.between(database.changed(), moment).abs().compareTo(TICKS) > 0;
    }
  }

  /**
   * A directory below the temporary directory that only this user may enter. The next process
   * removes the directories that killed processes left behind.
   */
  static final class ScratchDirectory implements AutoCloseable {
    private static final String PREFIX = "read-";
    private static final String IN_USE = "in-use";

    private final Path path;
    private final FileChannel guard; // its lock shows other processes that this one lives

    private ScratchDirectory(Path path, FileChannel guard) {
      this.path = path;
      this.guard = guard;
    }

    /**
     * The parent of all such directories of this user.
     *
     * @throws StoreException if another user could write there, or it cannot be made
     */
    static Path ofThisUser() {
      Path home = Path.of(System.getProperty("java.io.tmpdir", "/tmp"), "lastly-" + Posix.uid());
      try {
        Posix.createPrivateDirectories(home);
        Optional<String> open = Posix.openToOthers(home);
        if (open.isPresent()) {
          throw new IOException("other users could plant files there: " + open.get());
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

    /** Makes a directory, and removes those that killed processes left behind. */
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
      String own =
          PREFIX + Posix.pid() + "-"; // opening one of them would drop the locks of this process
      try (DirectoryStream<Path> all = Files.newDirectoryStream(home, PREFIX + "*")) {
        for (Path one : all) {
          if (!one.getFileName().toString().startsWith(own)) {
            removeIfAbandoned(one);
          }
        }
      } catch (IOException e) {
        log.debug("cannot remove abandoned directories in {}", home, e);
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
        log.debug("{} is being made or removed by another process", directory, e);
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

    /** Removes the directory with its contents. */
    @Override
    public void close() {
      try {
        delete(path);
        guard.close();
      } catch (IOException e) {
        log.warn("cannot remove {}, which is no longer needed; remove it by hand", path, e);
      }
    }
  }
}
