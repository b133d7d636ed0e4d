package dev.lastly.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The library of {@code src/core/test/c/boundary}, compiled once for each build, and how a process
 * is told to load it. Immutable: each method that changes something returns another one.
 */
public final class Interposer {
  private static final Path SOURCES =
      Path.of(System.getProperty("lastly.basedir", ""), "src/core/test/c/boundary");
  private static final List<String> UNITS = List.of("boundary.c", "calls.c", "stores.c");
  private static @Nullable Path library;

  private final Map<String, String> environment;

  private Interposer(Map<String, String> environment) {
    this.environment = environment;
  }

  /** Which boundaries count. */
  public enum Kind {
    /** System calls that change a file. */
    CALLS,
    /** Locks taken and given back on a file. */
    LOCKS,
    /** Stores into the mapped -shm file (on x86-64; nothing elsewhere). */
    STORES
  }

  /** Watches what is at and below a path without symbolic links, which need not exist yet. */
  public static Interposer watching(Path root) throws Exception {
    return new Interposer(Map.of())
        .with("LD_PRELOAD", library().toString())
        .with("BOUNDARY_ROOT", root.toString())
        .counting(Kind.CALLS);
  }

  /** Counts these kinds only. */
  public Interposer counting(Kind... kinds) {
    return with("BOUNDARY_KINDS", List.of(kinds).toString().toLowerCase(Locale.ROOT));
  }

  /** Appends a record of each boundary to a file; see {@link FileBoundary#read}. */
  public Interposer logging(Path log) {
    return with("BOUNDARY_LOG", log.toString());
  }

  /** Logs the data that are written, too. */
  public Interposer withData() {
    return with("BOUNDARY_DATA", "1");
  }

  /** Logs, without counting it, what is written at and below a path outside the root. */
  public Interposer marking(Path marks) {
    return with("BOUNDARY_MARKS", marks.toString());
  }

  /** Kills the process right before the n-th boundary, counted from 1. */
  public Interposer killingBefore(long n) {
    return with("BOUNDARY_KILL", "before " + n);
  }

  /** Kills it when half of what the n-th boundary writes is written; before, if it writes none. */
  public Interposer killingWithin(long n) {
    return with("BOUNDARY_KILL", "torn " + n);
  }

  /** Kills it right after the n-th boundary. */
  public Interposer killingAfter(long n) {
    return with("BOUNDARY_KILL", "after " + n);
  }

  /** Lets calls fail as a file says, which may change while the process runs. */
  public Interposer controlledBy(Path file) {
    return with("BOUNDARY_CONTROL", file.toString());
  }

  /** Gives the JDK texts of errors as in another language. */
  public Interposer withForeignTexts() {
    return with("BOUNDARY_TEXTS", "1");
  }

  /**
   * A fault.
   *
   * @param call the call, such as {@code write}, {@code fsync}, {@code read}, {@code open} or
   *     {@code lock}; {@code *} for any that changes a file
   * @param suffix how the path ends; {@code *} for any
   * @param errno with which it fails; -1: it writes half of its bytes; below: it does not fail, but
   *     begins so many milliseconds later; {@link #KILL}: the process is killed right before it
   * @param from the first call that fails, counted from 1 since the file was written
   * @param many how many fail
   */
  public record Fault(String call, String suffix, int errno, long from, long many) {
    /** Input/output error. */
    public static final int EIO = 5;

    /** No space left on device. */
    public static final int ENOSPC = 28;

    /** Too many open files. */
    public static final int EMFILE = 24;

    /** No locks available. */
    public static final int ENOLCK = 37;

    /** Disk quota exceeded. */
    public static final int EDQUOT = 122;

    /** Read-only file system. */
    public static final int EROFS = 30;

    /** File too large. */
    public static final int EFBIG = 27;

    /** The process is killed instead. */
    public static final int KILL = 1000;

    /** Only some of the bytes are written. */
    public static final int SHORT = -1;

    /** Asks for it from now on. */
    public void begin(Path control) throws IOException {
      Path made = control.resolveSibling(control.getFileName() + ".new");
      Files.writeString(
          made, String.format(Locale.ROOT, "%s %s %d %d %d\n", call, suffix, errno, from, many));
      Files.move(made, control, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Asks for no fault from now on. */
    public static void end(Path control) throws IOException {
      Files.writeString(control, "");
    }
  }

  private Interposer with(String name, String value) {
    Map<String, String> more = new TreeMap<>(environment);
    more.put(name, value);
    return new Interposer(more);
  }

  /** What to add to the environment of the process. */
  public Map<String, String> environment() {
    return environment;
  }

  private static synchronized Path library() throws Exception {
    Path known = library;
    if (known == null) {
      known = compile();
      library = known;
    }
    return known;
  }

  private static Path compile() throws Exception {
    Path classes =
        Path.of(Interposer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path built = classes.resolveSibling("libboundary.so").toAbsolutePath();
    Path partial =
        built.resolveSibling("libboundary." + ProcessHandle.current().pid() + ".partial");
    List<String> command = new ArrayList<>();
    command.addAll(List.of(System.getenv().getOrDefault("CC", "cc")));
    command.addAll(List.of("-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-fPIC", "-shared", "-pthread", "-o", partial.toString()));
    UNITS.forEach(unit -> command.add(SOURCES.resolve(unit).toAbsolutePath().toString()));
    Process compiler;
    try {
      compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new IllegalStateException(
          "these tests compile a library in C, and there is no compiler '"
              + command.get(0)
              + "'. Install one (Debian: apt-get install gcc libc6-dev), or name one with CC",
          e);
    }
    String output = new String(compiler.getInputStream().readAllBytes(), UTF_8);
    if (!compiler.waitFor(60, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
      compiler.destroyForcibly();
      throw new IllegalStateException(
          "cannot compile "
              + SOURCES
              + "; if headers are missing, install them (Debian: apt-get install libc6-dev):\n"
              + output);
    }
    return Files.move(partial, built, StandardCopyOption.ATOMIC_MOVE);
  }
}
