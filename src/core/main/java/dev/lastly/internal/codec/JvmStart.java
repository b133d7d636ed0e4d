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
 * When this JVM started, by the clock that files are stamped with: no class of an application was
 * loaded before.
 *
 * <p>The kernel says how long after its boot a thread started, which no step of the clock changes.
 * The thread asked about is the JVM's own for references: it starts before any code of an
 * application, and some time after the process itself. So a class file that was written just before
 * the JVM was started is older than this.
 *
 * <p>A file that changed before the clock stepped has a stamp of the clock before the step. So the
 * earliest answer of all that were found is what counts. What is left: a file that changed between
 * the start of the JVM and the first answer, if the clock was set forward between these two as
 * well.
 */
final class JvmStart {
  private static final Path THREADS = Path.of("/proc/self/task");
  private static final String FIRST_THREAD = "Reference Handl"; // cut off at 15 characters
  private static final int START_TICKS = 19; // fields are counted from the one after the name
  private static final long TICK_MILLIS = 10; // USER_HZ is 100 wherever there is a JDK for Linux
  private static final int SAMPLES = 3;

  private static long startTicks = -1;
  private static long earliest = Long.MAX_VALUE;

  private JvmStart() {}

  /**
   * The start, by the present clock or by one that was seen before.
   *
   * @throws IOException if the kernel does not say
   */
  static synchronized Instant get() throws IOException {
    if (startTicks < 0) {
      startTicks = readStartTicks();
    }
    // The tick that is taken off makes up for the uptime, which is rounded down.
    earliest = Math.min(earliest, bootMillis() + startTicks * TICK_MILLIS - TICK_MILLIS);
    return Instant.ofEpochMilli(earliest);
  }

  /** A pause between the two readings makes it too early, so the latest of several is taken. */
  private static long bootMillis() throws IOException {
    long boot = Long.MIN_VALUE;
    for (int i = 0; i < SAMPLES; i++) {
      long now = System.currentTimeMillis();
      boot = Math.max(boot, now - uptimeMillis());
    }
    return boot;
  }

  /** The first number is in seconds, with two digits behind the point: proc_uptime(5). */
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
    return ticks(Files.readString(Path.of("/proc/self/stat"))); // earlier, and so on the safe side
  }

  private static @Nullable String stat(Path thread) throws IOException {
    try {
      return Files.readString(thread.resolve("stat"));
    } catch (NoSuchFileException e) {
      return null; // it has ended meanwhile
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
