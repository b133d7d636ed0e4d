package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.BootClock;
import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The processes that {@code /proc} shows. Their start ticks are less the offset of this process's
 * time namespace, so that readers in different ones agree.
 */
final class ProcEntries {
  private static final Path PROC = Path.of("/proc");

  private ProcEntries() {}

  /**
   * Null if {@code /proc} shows no such process, which proves nothing where it may hide one: see
   * {@link Absence}.
   */
  static @Nullable ProcStat read(long pid) throws IOException {
    Path file = PROC.resolve(pid + "/stat");
    try {
      return unshifted(file);
    } catch (IOException e) {
      if (Files.notExists(file)) {
        return null; // it had ended, or ended between open and read: ESRCH
      }
      throw e;
    }
  }

  /** Every process that can be seen, by pid. */
  static Map<Long, ProcStat> all() throws IOException {
    Map<Long, ProcStat> found = new HashMap<>();
    for (long pid : pids()) {
      ProcStat stat = readIfShown(pid);
      if (stat != null) {
        found.put(pid, stat);
      }
    }
    return found;
  }

  /** The numbers of all processes that are listed. */
  static List<Long> pids() throws IOException {
    List<Long> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
      entries.forEach(entry -> pids.add(Long.parseLong(entry.getFileName().toString())));
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return pids;
  }

  /** Under hidepid=1 the processes of other users are listed, and cannot be read. */
  private static @Nullable ProcStat readIfShown(long pid) throws IOException {
    try {
      return read(pid);
    } catch (IOException e) {
      if (ProcVisibility.isWhole()) {
        throw e;
      }
      return null;
    }
  }

  private static ProcStat unshifted(Path file) throws IOException {
    ProcStat stat = ProcStat.parse(Posix.textOf(file));
    long offset = BootClock.offset();
    return offset == 0
        ? stat
        : new ProcStat(
            stat.pid(),
            stat.state(),
            stat.parent(),
            stat.session(),
            stat.flags(),
            stat.threads(),
            stat.startTicks() - offset);
  }
}
