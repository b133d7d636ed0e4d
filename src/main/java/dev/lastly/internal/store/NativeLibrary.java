package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;

/**
 * Puts SQLite's native library where sqlite-jdbc finds it, once for each user and version.
 *
 * <p>Left alone, the driver extracts a megabyte into the temp directory in each JVM and removes it
 * on an orderly exit only: every {@code kill -9} would leak it for good. Here a kill at any moment
 * leaves at most one partial file, of a fixed name, that the next start overwrites.
 *
 * <p>Code is loaded from this directory, so one that anybody else can write is passed over.
 */
final class NativeLibrary {
  private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);
  private static final String PATH_PROPERTY = "org.sqlite.lib.path";
  private static final String NAME_PROPERTY = "org.sqlite.lib.name";

  private NativeLibrary() {}

  /**
   * Makes the driver load the shared copy. Does nothing if the application has chosen a place
   * itself. Must run before the driver's first connection in this JVM.
   *
   * @param fallback a directory of ours for when the user has no cache directory
   */
  static synchronized void prepare(Path fallback) {
    if (System.getProperty(PATH_PROPERTY) != null) {
      return;
    }
    String folder = Platform.folder();
    String name = System.mapLibraryName("sqlitejdbc");
    String resource = "/org/sqlite/native/" + folder + "/" + name;
    URL bundled = NativeLibrary.class.getResource(resource);
    if (bundled == null) {
      return; // an unknown platform: the driver's own error says so best
    }
    List<String> refusals = new ArrayList<>();
    for (Path place : places(fallback)) {
      Path directory = place.resolve(SQLiteJDBCLoader.getVersion()).resolve(folder);
      try {
        provide(bundled, directory, name);
        System.setProperty(PATH_PROPERTY, directory.toString());
        System.setProperty(NAME_PROPERTY, name);
        return;
      } catch (IOException e) {
        log.debug("no native library in {}", directory, e);
        refusals.add(directory + ": " + e.getMessage());
      }
    }
    throw new StoreException(
        "no directory to keep SQLite's native library in; tried "
            + refusals
            + "; set XDG_CACHE_HOME to a directory that only this user can write, or "
            + PATH_PROPERTY
            + " to one that holds "
            + name);
  }

  private static List<Path> places(Path fallback) {
    List<Path> places = new ArrayList<>();
    String cache = System.getenv("XDG_CACHE_HOME"); // XDG Base Directory Specification
    String home = System.getProperty("user.home", "");
    if (cache != null && cache.startsWith("/")) {
      places.add(Path.of(cache, "lastly", "native"));
    } else if (home.length() > 1) {
      places.add(Path.of(home, ".cache", "lastly", "native"));
    }
    places.add(fallback.resolve("native"));
    return places;
  }

  private static void provide(URL bundled, Path directory, String name) throws IOException {
    Path library = directory.resolve(name);
    Posix.createPrivateDirectories(directory);
    Optional<String> open = Posix.openToOthers(directory);
    if (open.isPresent()) {
      throw new IOException("others could plant code there: " + open.get());
    }
    long length = bundled.openConnection().getContentLengthLong();
    if (isComplete(library, length)) {
      return;
    }
    try (FileChannel guard =
            FileChannel.open(
                directory.resolve("extract.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = lock(guard)) {
      if (!isComplete(library, length)) {
        extract(bundled, library);
      }
    }
  }

  private static FileLock lock(FileChannel guard) throws IOException {
    while (true) {
      try {
        return guard.lock();
      } catch (OverlappingFileLockException e) {
        // The same library in another class loader of this JVM is at it, for some milliseconds.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }
  }

  private static void extract(URL bundled, Path library) throws IOException {
    Path partial = library.resolveSibling(library.getFileName() + ".partial");
    Files.write(partial, read(bundled));
    try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      channel.force(true); // a power cut after the rename must not leave an empty library behind
    }
    Files.move(partial, library, StandardCopyOption.ATOMIC_MOVE);
  }

  private static boolean isComplete(Path library, long length) throws IOException {
    return Files.isRegularFile(library, LinkOption.NOFOLLOW_LINKS) && Files.size(library) == length;
  }

  private static byte[] read(URL bundled) throws IOException {
    try (InputStream in = bundled.openStream()) {
      return in.readAllBytes();
    }
  }
}
