package dev.lastly.internal.codec;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Determines when this JVM started, by the clock of file times. No class of an application was
 * loaded before. Thread-safe.
 *
 * <p>The kernel reports how long after its boot a thread started, which no step of the clock
 * changes. This class uses the JVM's thread for references, which starts before any code of an
 * application and some time after the process. So a class file that was written just before the JVM
 * started is older than the result.
 *
 * <p>A file that changed before a step of the clock has a time of the clock before the step. So the
 * earliest of all computed results counts. One case remains undetected: a file changes between the
 * start of the JVM and the first call, and the clock is set forward in between, too.
 */
final class JvmStart {
  private static final Path THREADS = Path.of("/proc/self/task");
  private static final String FIRST_THREAD = "Reference Handl"; // cut off at 15 characters
  private static final int START_TICKS = 19; // fields are counted from the one after the name
  private static final long TICK_MILLIS = 10; // USER_HZ is 100 on every Linux platform with a JDK
  private static final int SAMPLES = 3;

  private static long startTicks = -1;
  private static long earliest = Long.MAX_VALUE;

  private JvmStart() {}

  /**
   * The earliest start computed so far, now included.
   *
   * @throws IOException if {@code /proc} cannot be read
   */
  static synchronized Instant get() throws IOException {
    if (startTicks < 0) {
      startTicks = readStartTicks();
    }
    // One tick is subtracted because the kernel rounds the uptime down.
    earliest = Math.min(earliest, bootMillis() + startTicks * TICK_MILLIS - TICK_MILLIS);
    return Instant.ofEpochMilli(earliest);
  }

  /**
   * The time of the boot. A pause between its two readings makes the result too early, so this
   * takes the latest of several.
   */
  private static long bootMillis() throws IOException {
    long boot = Long.MIN_VALUE;
    for (int i = 0; i < SAMPLES; i++) {
      long now = System.currentTimeMillis();
      boot = Math.max(boot, now - uptimeMillis());
    }
    return boot;
  }

  /**
   * The uptime: in {@code /proc/uptime}, the first number is in seconds with two decimals,
   * proc_uptime(5).
   */
  private static long uptimeMillis() throws IOException {
    String line = Files.readString(Path.of("/proc/uptime"));
    String seconds = line.substring(0, Math.max(0, line.indexOf(' ')));
    try {
      return Long.parseLong(seconds.replace(".", "")) * TICK_MILLIS;
    } catch (NumberFormatException e) {
      throw new IOException("no uptime in /proc/uptime: '" + line + "'", e);
    }
  }

  private static long readStartTicks() throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        String stat = stat(thread);
        if (stat != null && stat.contains("(" + FIRST_THREAD)) {
          return ticks(stat);
        }
      }
    }
    return ticks(
        Files.readString(
            Path.of("/proc/self/stat"))); // the process's own start: earlier, which is safe
  }

  private static @Nullable String stat(Path thread) throws IOException {
    try {
      return Files.readString(thread.resolve("stat"));
    } catch (NoSuchFileException e) {
      return null; // the thread has ended
    }
  }

  private static long ticks(String stat) throws IOException {
    StringTokenizer fields = new StringTokenizer(stat.substring(stat.lastIndexOf(')') + 1));
    for (int i = 0; i < START_TICKS && fields.hasMoreTokens(); i++) {
      fields.nextToken();
    }
    try {
      return Long.parseLong(fields.nextToken());
    } catch (RuntimeException e) { // too few fields, or no number
      throw new IOException("no start time in '" + stat + "'", e);
    }
  }
}
