package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What is left of a damaged database. SQLite takes what it cannot read of a write-ahead log for
 * unwritten, and deletes the log with the last connection; so the log gets a second name first.
 * Stateless.
 */
final class Remains {
  private static final String PREFIX = "damaged-";
  private static final List<String> FILES = List.of("", "-wal", "-shm", "-journal");
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss", Locale.ROOT);

  private Remains() {}

  /**
   * Gives the write-ahead log a second name in a directory {@code damaged-…}, unless it has one.
   * Opens no file: closing a descriptor of the database would drop SQLite's locks.
   *
   * @return the directory; the directory of the database if no log is left to keep
   * @throws IOException if the file system has no links, or no room for one
   */
  static Path keepLog(Path database) throws IOException {
    Path log = Path.of(database + "-wal");
    if (!Files.exists(log) || Files.size(log) == 0) {
      return directoryOf(database); // SQLite makes an empty one each time it opens the database
    }
    for (Path kept : all(database)) {
      Path second = kept.resolve(log.getFileName());
      if (Files.exists(second) && Files.isSameFile(second, log)) {
        return kept;
      }
    }
    Path made = make(database);
    Files.createLink(made.resolve(log.getFileName()), log);
    return made;
  }

  /**
   * Moves the database with its log and its witness into a directory {@code damaged-…}. The caller
   * must hold byte 0 of the lock file, so that no process creates the database meanwhile.
   *
   * @return the directory
   * @throws StoreException if a file cannot be moved; those before it stay moved, and a second call
   *     moves the others
   */
  static Path moveAside(Path database) {
    try {
      Path made = make(database);
      // The witness goes last: while it is there, no process takes what remains for a new store.
      for (String suffix : FILES) {
        move(Path.of(database + suffix), made);
      }
      move(Witness.beside(database), made);
      Posix.syncNames(directoryOf(database));
      return made;
    } catch (IOException e) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "cannot move the damaged database %s aside: %s; move it, its -wal and the file %s to"
                  + " another directory by hand",
              database,
              e,
              Witness.NAME),
          e);
    }
  }

  private static void move(Path file, Path to) throws IOException {
    if (Files.exists(file)) {
      Files.move(file, to.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** The directories {@code damaged-…} beside a database, the oldest first. */
  static List<Path> all(Path database) throws IOException {
    try (Stream<Path> found = Files.list(directoryOf(database))) {
      return found.filter(one -> one.getFileName().toString().startsWith(PREFIX)).sorted().toList();
    }
  }

  private static Path make(Path database) throws IOException {
    String name = PREFIX + TIME.format(Clock.systemUTC().instant().atZone(ZoneOffset.UTC));
    List<String> taken = new ArrayList<>();
    while (true) {
      Path made = directoryOf(database).resolve(taken.isEmpty() ? name : name + "-" + taken.size());
      try {
        Files.createDirectory(made, Posix.privateDirectory());
        return made;
      } catch (FileAlreadyExistsException e) {
        taken.add(made.toString());
      }
    }
  }

  private static Path directoryOf(Path database) {
    return database.resolveSibling("");
  }
}
