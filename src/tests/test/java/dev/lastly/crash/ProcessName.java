package dev.lastly.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Names a process uniquely, as {@code pid.start_ticks}: a pid alone is reused. */
public final class ProcessName {
  /** This process. */
  public static final String SELF = of(ProcessHandle.current().pid());

  private ProcessName() {}

  /** A process that is there. */
  public static String of(long pid) {
    return pid + "." + startTicks(pid);
  }

  /** Field 22 of proc_pid_stat(5). */
  private static long startTicks(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
