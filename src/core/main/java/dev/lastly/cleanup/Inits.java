package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Process 1 of a pid namespace. When it ends, the kernel ends all others there, pid_namespaces(7).
 */
final class Inits {
  /** Inits that start one program and end when it does, as field 2 of their stat says. */
  private static final Set<String> END_WITH_THEIR_PROGRAM =
      Set.of("tini", "tini-static", "docker-init", "dumb-init", "catatonit", "podman-init");

  private static final Path COMMAND = Path.of("/proc/1/comm");

  private Inits() {}

  /**
   * Whether this process takes its pid namespace with it when it ends: it is process 1, or the
   * program that such an init has started.
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
   * Orphans become children of process 1, too. But its program was there before all that could be
   * orphaned, and is there as long as it runs: so it is this one if no other child is as old.
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
