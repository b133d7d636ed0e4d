package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory that only this user may enter, below the temporary directory, for as long as this
 * process needs it. What processes that were killed have left is removed by the next.
 */
final class ScratchDirectory implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ScratchDirectory.class);
  private static final String PREFIX = "read-";
  private static final String IN_USE = "in-use";

  private final Path path;
  private final FileChannel guard; // its lock shows the others that this process lives

  private ScratchDirectory(Path path, FileChannel guard) {
    this.path = path;
    this.guard = guard;
  }

  /**
   * Where all of this user's are.
   *
   * @throws StoreException if somebody else could write there
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
    try (FileChannel guard = FileChannel.open(directory.resolve(IN_USE), StandardOpenOption.WRITE);
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
