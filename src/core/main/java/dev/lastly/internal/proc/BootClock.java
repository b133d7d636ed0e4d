package dev.lastly.internal.proc;

import dev.lastly.internal.posix.Posix;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.StringTokenizer;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * The clock of start ticks: the time since boot, including suspended time. A time namespace adds an
 * offset, time_namespaces(7), so that two readers see different start ticks of one process. This
 * class subtracts the offset. Thread-safe.
 */
public final class BootClock {
  /** The length of a tick. */
  public static final long NANOS_OF_TICK = 10_000_000; // USER_HZ is 100 for every reader

  private static final long TICKS_OF_SECOND = 100;
  private static final Path THREAD = Path.of("/proc/thread-self/stat");
  private static final Path OFFSETS = Path.of("/proc/self/timens_offsets");

  /** A JVM cannot change its time namespace: only a process with one thread can. */
  private static volatile @Nullable Long offset;

  private BootClock() {}

  /** The ticks to subtract from a start tick. */
  public static long offset() throws IOException {
    Long known = offset;
    if (known == null) {
      known = readOffset();
      offset = known;
    }
    return known;
  }

  private static long readOffset() throws IOException {
    try {
      return parseOffset(Posix.textOf(OFFSETS));
    } catch (FileNotFoundException e) {
      return 0; // a kernel before 5.6 has no time namespaces
    }
  }

  static long parseOffset(String text) throws IOException {
    for (String line : text.split("\n", -1)) {
      StringTokenizer words = new StringTokenizer(line);
      if (words.countTokens() == 3 && words.nextToken().equals("boottime")) {
        return ticks(words.nextToken(), words.nextToken());
      }
    }
    throw new IOException(OFFSETS + " has no line for boottime: " + text);
  }

  private static long ticks(String seconds, String nanos) throws IOException {
    try {
      long fraction = Long.parseLong(nanos);
      if (fraction % NANOS_OF_TICK != 0) {
        throw new IOException(
            "the time namespace of this process shifts the boot clock by a part of a tick ("
                + nanos
                + " ns), so start ticks cannot be compared");
      }
      return Math.addExact(
          Math.multiplyExact(Long.parseLong(seconds), TICKS_OF_SECOND), fraction / NANOS_OF_TICK);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IOException("not the offset of a clock: " + seconds + " s and " + nanos + " ns", e);
    }
  }

  /**
   * The current tick since boot, read as the start tick of a new thread. Does not use {@code
   * /proc/uptime}, which lxcfs replaces in containers.
   *
   * @throws IOException if it cannot be read, or this process can start no thread
   */
  public static long now() throws IOException {
    FutureTask<Long> stamp =
        new FutureTask<>(() -> ProcStat.parse(Posix.textOf(THREAD)).startTicks() - offset());
    Thread thread = new Thread(stamp, "lastly-boot-clock");
    thread.setDaemon(true);
    try {
      thread.start();
    } catch (OutOfMemoryError e) { // at a limit of threads
      throw new IOException("cannot read the boot clock without another thread: " + e, e);
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return stamp.get();
        } catch (InterruptedException e) { // the result comes in a moment
          interrupted = true;
        } catch (ExecutionException e) {
          throw new IOException("cannot read the boot clock", e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
