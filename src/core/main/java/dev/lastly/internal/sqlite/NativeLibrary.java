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
 * Loads SQLite's native library from a place where one copy serves all processes of a user.
 *
 * <p>Left alone, the driver extracts a megabyte into the temp directory in each JVM and removes it
 * on an orderly exit only: every {@code kill -9} would leak it for good. Here a kill at any moment
 * leaves at most one partial file, of a fixed name, that the next start overwrites. The driver's
 * own way is never taken.
 *
 * <p>Only loading shows whether a place will do: it may be mounted {@code noexec}, or a security
 * module may forbid it. So each place is tried until one has loaded.
 */
final class NativeLibrary {
  private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);

  /** What the driver calls an {@code os.arch}. */
  private static final Map<String, String> COMMON = Map.of("amd64", "x86_64", "aarch64", "aarch64");

  private static final String UTF_8 = "UTF-8";

  /** Copies for class loaders of one JVM: each native library belongs to one of them. */
  private static final int MOST_COPIES = 64;

  /** Interned, so that all class loaders of this JVM have it in common. */
  private static final Object IN_THIS_JVM = "dev.lastly.internal.sqlite.NativeLibrary".intern();

  // Guarded by the class.
  private static boolean loaded;
  private static @Nullable Path from;

  private NativeLibrary() {}

  /**
   * Loads the library, unless this class loader's driver has it.
   *
   * @param fallback a directory of ours for when the user has no cache directory that will do
   */
  static synchronized void prepare(Path fallback) {
    if (loaded) {
      return;
    }
    synchronized (
        IN_THIS_JVM) { // the properties that tell the driver where to look are those of the whole
      // JVM
      from = load(fallback);
    }
    loaded = true;
  }

  /** The file that was loaded; empty if the driver knows of none, or before. */
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
          log.info("SQLite's native library is in {}; before it, {}", directory, refusals);
        }
        return library;
      }
    }
    throw new StoreException(
        "cannot load SQLite's native library from any place; tried "
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
      log.warn("SQLite's native library is looked for in other places, because of {}", what);
    }
    refusals.add(what);
    return false;
  }

  /**
   * The folder in the driver's jar. To find out, the driver runs a program and lists what is mapped
   * into memory, in each JVM; on common systems one small file tells the same.
   */
  static String folder() {
    String architecture = COMMON.get(System.getProperty("os.arch", ""));
    boolean common = architecture != null && System.getProperty("os.name", "").equals("Linux");
    return common && hasGlibc() ? "Linux/" + architecture : byDriver();
  }

  /** The same as the driver finds it out. */
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

  /** Whether a process with these files in its memory uses glibc: not musl, nor Android's. */
  static boolean isGlibc(String maps) {
    boolean glibc = maps.contains("/libc.so.6") || maps.contains("/libc-2."); // before 2.34
    return glibc && !maps.contains("musl") && !maps.contains("android");
  }

  /**
   * Where this user may keep what can be made again, best first: the XDG Base Directory
   * Specification.
   *
   * @param fallback a directory of ours, the last place
   * @param refusals gets one text for each place that cannot even be named
   */
  private static List<Path> places(Path fallback, List<String> refusals) {
    List<Path> places = new ArrayList<>();
    String cache = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home", "");
    if (cache != null && cache.startsWith("/")) { // the specification has others ignored
      add(places, "XDG_CACHE_HOME", cache, "lastly/native", refusals);
    } else if (home.startsWith("/") && home.length() > 1) { // "?" is none
      add(places, "the home directory", home, ".cache/lastly/native", refusals);
    }
    places.add(fallback.resolve("native"));
    return places;
  }

  private static void add(
      List<Path> places, String what, String directory, String below, List<String> refusals) {
    String encoding = System.getProperty("sun.jnu.encoding", UTF_8);
    // What bytes become that are no characters of the locale; a path of it would be another one.
    boolean lossy =
        directory.indexOf('\uFFFD') >= 0
            || (directory.indexOf('?') >= 0 && !encoding.equalsIgnoreCase(UTF_8));
    try {
      if (!lossy) {
        places.add(Path.of(directory, below));
        return;
      }
    } catch (InvalidPathException e) {
      // It has characters that the encoding lacks: the same.
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
   * A file out of a jar, kept on disk. Code is loaded from it, so a directory that another user can
   * write is passed over, and a file with any other content is replaced.
   */
  private static final class BundledFile {
    private final URL bundled;
    private @Nullable Content content; // read when it is first needed

    BundledFile(URL bundled) {
      this.bundled = bundled;
    }

    /** What tells a whole copy from a damaged one; of the jar's own index, so it costs nothing. */
    private record Content(long length, long checksum) {}

    /**
     * Makes sure that a file has that content.
     *
     * @param file in a directory that is created if need be
     * @throws IOException if it cannot be made, or could be another's
     */
    void provide(Path file) throws IOException {
      Path directory = file.resolveSibling("");
      Posix.createPrivateDirectories(directory);
      Optional<String> open = Posix.openToOthers(directory.toRealPath());
      if (open.isPresent()) {
        throw new IOException("others could plant code there: " + open.get());
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
          // The same library in another class loader of this JVM is at it, for some milliseconds.
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
        Files.deleteIfExists(partial); // on a full disk every byte counts
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
