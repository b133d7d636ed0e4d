package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Examines process 1 of a pid namespace. When it ends, the kernel ends all others there,
 * pid_namespaces(7). Stateless.
 */
final class Inits {
  /** Init programs that start one program and end with it, by the name in field 2 of their stat. */
  private static final Set<String> END_WITH_THEIR_PROGRAM =
      Set.of("tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init");

  private static final Path COMMAND = Path.of("/proc/1/comm");

  private Inits() {}

  /**
   * Whether the pid namespace ends with this process: it is process 1, or the program that such an
   * init has started.
   */
  static boolean endsWithThisProcess() throws IOException {
    if (Posix.pid() == 1) {
      return true;
    }
    ProcStat self = ProcEntries.read(Posix.pid());
    return self != null
        && self.parent() == 1
        && END_WITH_THEIR_PROGRAM.contains(Posix.textOf(COMMAND).strip())
        && isFirstChildOfInit(self, ProcEntries.all());
  }

  /**
   * Whether this process is the init's program. Orphaned processes become children of process 1,
   * too, but the program is older than each of them. So it is this process if no other child is as
   * old.
   */
  static boolean isFirstChildOfInit(ProcStat self, Map<Long, ProcStat> all) {
    return all.values().stream()
        .noneMatch(
            other ->
                other.parent() == 1
                    && other.pid() != self.pid()
                    && other.startTicks() <= self.startTicks());
  }
}
