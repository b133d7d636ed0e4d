package dev.lastly.internal.codec;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.BootClock;
import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
  private static final Path PROCESS = Path.of("/proc/self/stat");
  private static final long TICK_MILLIS = BootClock.NANOS_OF_TICK / 1_000_000;
  private static final int SAMPLES = 3;

  private static long startTicks = -1;
  private static long earliest = Long.MAX_VALUE;

  private JvmStart() {}

  /**
   * The earliest start computed so far, now included.
   *
   * @throws IOException if {@code /proc} cannot be read, or this process can start no thread
   */
  static synchronized Instant get() throws IOException {
    if (startTicks < 0) {
      startTicks = readStartTicks() - BootClock.offset();
    }
    // One tick is subtracted because the kernel rounds the time since boot down.
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
      boot = Math.max(boot, now - BootClock.now() * TICK_MILLIS);
    }
    return boot;
  }

  private static long readStartTicks() throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        String stat = stat(thread);
        if (stat != null && stat.contains("(" + FIRST_THREAD)) {
          return ProcStat.parse(stat).startTicks();
        }
      }
    }
    // The process's own start: earlier, which is safe.
    return ProcStat.parse(Posix.textOf(PROCESS)).startTicks();
  }

  private static @Nullable String stat(Path thread) throws IOException {
    Path file = thread.resolve("stat");
    try {
      return Posix.textOf(file);
    } catch (IOException e) {
      if (Files.notExists(file)) {
        return null; // the thread has ended
      }
      throw e;
    }
  }
}
