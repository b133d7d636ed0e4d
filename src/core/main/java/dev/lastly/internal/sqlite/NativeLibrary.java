package dev.lastly.internal.sqlite;

import dev.lastly.internal.classpath.ClassPath;
import dev.lastly.internal.posix.Posix;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.OSInfo;

/**
 * Loads SQLite's native library from one file that all processes of a user share. Thread-safe.
 *
 * <p>By default, the driver extracts a megabyte into the temporary directory in each JVM and
 * removes it only at an orderly exit, so each {@code kill -9} would leak it. Here, a kill at any
 * moment leaves at most one partial file with a fixed name, which the next start overwrites. This
 * class never falls back to the driver's default.
 *
 * <p>Only loading shows whether a directory is usable: it may be mounted {@code noexec}, or a
 * security module may forbid it. So this class tries directory after directory until one works.
 */
final class NativeLibrary {
  private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);

  /** The driver's names of common values of {@code os.arch}. */
  private static final Map<String, String> COMMON = Map.of("amd64", "x86_64", "aarch64", "aarch64");

  private static final String UTF_8 = "UTF-8";

  /**
   * The limit on copies for class loaders of one JVM: a loaded file belongs to one class loader.
   */
  private static final int MOST_COPIES = 64;

  /** Interned: all class loaders of this JVM get the same object. */
  private static final Object IN_THIS_JVM = "dev.lastly.internal.sqlite.NativeLibrary".intern();

  // Guarded by the class.
  private static boolean loaded;
  private static @Nullable Path from;

  private NativeLibrary() {}

  /**
   * Loads the library, unless this class loader's driver has loaded one.
   *
   * @param fallback the directory to use if the user has no usable cache directory
   * @throws dev.lastly.model.StoreException if no directory works
   */
  static synchronized void prepare(Path fallback) {
    if (loaded) {
      return;
    }
    synchronized (
        IN_THIS_JVM) { // the system properties that tell the driver where to look belong to the
      // whole
      // JVM
      from = load(fallback);
    }
    loaded = true;
  }

  /**
   * The loaded file; empty before the loading, and if the driver has no library for this platform.
   */
  static synchronized Optional<Path> loadedFrom() {
    return Optional.ofNullable(from);
  }

  private static @Nullable Path load(Path fallback) {
    String folder = folder();
    String name = System.mapLibraryName("sqlitejdbc");
    URL bundled = NativeLibrary.class.getResource("/org/sqlite/native/" + folder + "/" + name);
    if (bundled == null) { // the driver has nothing to extract, but may find an installed one
      try {
        SQLiteJDBCLoader.initialize();
        return null;
      } catch (Exception e) { // the driver declares no other
        throw new StoreException(ClassPath.noNativeLibrary(folder), e);
      }
    }
    List<String> refusals = new ArrayList<>();
    Optional<Path> chosen = DriverLoader.chosenByApplication(name);
    if (chosen.isPresent() && isLoaded(chosen.get(), refusals)) {
      return chosen.get();
    }
    for (Path place : places(fallback, refusals)) {
      Path directory = place.resolve(SQLiteJDBCLoader.getVersion()).resolve(folder);
      Path library = loadFrom(directory, name, new BundledFile(bundled), refusals);
      if (library != null) {
        if (!refusals.isEmpty()) {
          log.info(
              "SQLite's native library is in {}; other directories could not be used: {}",
              directory,
              refusals);
        }
        return library;
      }
    }
    throw new StoreException(
        "cannot load SQLite's native library from any directory; tried "
            + String.join("; ", refusals)
            + ". Set XDG_CACHE_HOME to a directory that only this user can write, on a file system"
            + " that is not full and not mounted noexec; or set the system property "
            + DriverLoader.PATH_PROPERTY
            + " to a directory that holds "
            + name
            + " of sqlite-jdbc "
            + SQLiteJDBCLoader.getVersion());
  }

  private static @Nullable Path loadFrom(
      Path directory, String name, BundledFile bundled, List<String> refusals) {
    try {
      for (int copy = 1; copy <= MOST_COPIES; copy++) {
        Path library = directory.resolve(copy == 1 ? name : copy + "-" + name);
        bundled.provide(library);
        Optional<String> refusal = DriverLoader.load(library);
        if (refusal.isEmpty()) {
          return library;
        }
        if (!DriverLoader.isLoadedElsewhere(refusal.get())) {
          refusals.add(library + ": " + refusal.get());
          return null;
        }
      }
      refusals.add(
          directory + ": other class loaders of this JVM use all " + MOST_COPIES + " copies");
    } catch (IOException | InvalidPathException e) {
      log.debug("no native library in {}", directory, e);
      refusals.add(directory + ": " + e);
    }
    return null;
  }

  private static boolean isLoaded(Path library, List<String> refusals) {
    Optional<String> refusal = DriverLoader.load(library);
    if (refusal.isEmpty()) {
      return true;
    }
    String what = library + ", which " + DriverLoader.PATH_PROPERTY + " names: " + refusal.get();
    if (!DriverLoader.isLoadedElsewhere(what)) {
      log.warn(
          "SQLite's native library will be loaded from another directory, because of {}", what);
    }
    refusals.add(what);
    return false;
  }

  /**
   * The folder in the driver's jar for this platform. To determine it, the driver runs a program
   * and lists all memory maps in each JVM; on common systems one small file tells the same.
   */
  static String folder() {
    String architecture = COMMON.get(System.getProperty("os.arch", ""));
    boolean common = architecture != null && System.getProperty("os.name", "").equals("Linux");
    return common && hasGlibc() ? "Linux/" + architecture : byDriver();
  }

  /** The folder as the driver determines it. */
  static String byDriver() {
    return OSInfo.getNativeLibFolderPathForCurrentOS();
  }

  private static boolean hasGlibc() {
    try {
      return isGlibc(Posix.textOf(Path.of("/proc/self/maps")));
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a process with these memory maps uses glibc, rather than musl or Android's library. */
  static boolean isGlibc(String maps) {
    boolean glibc = maps.contains("/libc.so.6") || maps.contains("/libc-2."); // before 2.34
    return glibc && !maps.contains("musl") && !maps.contains("android");
  }

  /**
   * The directories for files that can be made again, by the XDG Base Directory Specification, best
   * first.
   *
   * @param fallback the last directory to try
   * @param refusals receives one text per directory whose name this process cannot spell
   */
  private static List<Path> places(Path fallback, List<String> refusals) {
    List<Path> places = new ArrayList<>();
    String cache = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home", "");
    if (cache != null && cache.startsWith("/")) { // the specification says to ignore relative paths
      add(places, "XDG_CACHE_HOME", cache, "lastly/native", refusals);
    } else if (home.startsWith("/") && home.length() > 1) { // "?" means that there is none
      add(places, "the home directory", home, ".cache/lastly/native", refusals);
    }
    places.add(fallback.resolve("native"));
    return places;
  }

  private static void add(
      List<Path> places, String what, String directory, String below, List<String> refusals) {
    String encoding = System.getProperty("sun.jnu.encoding", UTF_8);
    // Java decodes bytes that are no characters of the locale to this one. A path made of the text
    // would be another path.
    boolean lossy =
        directory.indexOf('\uFFFD') >= 0
            || (directory.indexOf('?') >= 0 && !encoding.equalsIgnoreCase(UTF_8));
    try {
      if (!lossy) {
        places.add(Path.of(directory, below));
        return;
      }
    } catch (InvalidPathException e) {
      // The name has characters that the locale's encoding lacks: handled below.
    }
    refusals.add(
        what
            + " "
            + directory
            + ": this process's locale ("
            + encoding
            + ") cannot spell its name");
  }

  /**
   * A file from a jar, kept on disk. The JVM runs code from it, so this class refuses a directory
   * that another user can write, and replaces a file with other content.
   */
  private static final class BundledFile {
    private final URL bundled;
    private @Nullable Content content; // read at its first use

    BundledFile(URL bundled) {
      this.bundled = bundled;
    }

    /**
     * Tells a complete copy from a damaged one. Comes from the jar's index, so it costs nothing.
     */
    private record Content(long length, long checksum) {}

    /**
     * Makes sure that a file has that content.
     *
     * @param file the file; its directory is created if it does not exist
     * @throws IOException if the file cannot be written, or another user can write its directory
     */
    void provide(Path file) throws IOException {
      Path directory = file.resolveSibling("");
      Posix.createPrivateDirectories(directory);
      Path parent = directory.resolveSibling("").toRealPath();
      for (Path one : List.of(parent, parent.resolve(directory.getFileName()))) {
        Optional<String> open = Posix.openToOthers(one); // and a link counts as open
        if (open.isPresent()) {
          throw new IOException("other users could plant code there: " + open.get());
        }
      }
      if (isComplete(file)) {
        return;
      }
      Path guardFile = directory.resolve("extract.lock");
      try (FileChannel guard =
              FileChannel.open(guardFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = lock(guard)) {
        if (!isComplete(file)) {
          extract(file);
        }
      }
    }

    private static FileLock lock(FileChannel guard) throws IOException {
      while (true) {
        try {
          return guard.lock();
        } catch (OverlappingFileLockException e) {
          // This class in another class loader of this JVM holds the lock, for some milliseconds.
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
      }
    }

    private void extract(Path file) throws IOException {
      Path partial = file.resolveSibling(file.getFileName() + ".partial");
      try {
        Files.write(partial, read());
        try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
          channel.force(
              true); // a power cut after the rename must not leave an empty library behind
        }
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial); // free its space, which a full disk needs
      }
    }

    private boolean isComplete(Path file) throws IOException {
      return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
          && Files.size(file) == content().length()
          && checksum(Files.readAllBytes(file)) == content().checksum();
    }

    private Content content() throws IOException {
      Content known = content;
      if (known == null) {
        URLConnection connection = bundled.openConnection();
        JarEntry entry = connection instanceof JarURLConnection jar ? jar.getJarEntry() : null;
        if (entry == null || entry.getCrc() < 0 || entry.getSize() < 0) {
          byte[] bytes = read();
          known = new Content(bytes.length, checksum(bytes));
        } else {
          known = new Content(entry.getSize(), entry.getCrc());
        }
        content = known;
      }
      return known;
    }

    private static long checksum(byte[] bytes) {
      CRC32 crc = new CRC32();
      crc.update(bytes);
      return crc.getValue();
    }

    private byte[] read() throws IOException {
      try (InputStream in = bundled.openStream()) {
        return in.readAllBytes();
      }
    }
  }
}
