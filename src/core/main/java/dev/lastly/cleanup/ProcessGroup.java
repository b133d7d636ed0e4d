package dev.lastly.cleanup;

import dev.lastly.internal.proc.ProcStat;
import java.io.IOException;
import java.util.Objects;

/**
 * A program that was started through {@code setsid}, with all processes that it starts: a session
 * of the kernel, setsid(2). It identifies these processes, and no later ones with the same numbers.
 * Immutable.
 *
 * @param leader the process that was started
 * @param startedByInit whether the process that started it does nothing else, and its pid namespace
 *     ends with it: because it is pid 1 there, or the program of an init that ends with it ({@code
 *     tini}, {@code docker-init}, {@code dumb-init}, {@code catatonit})
 */
public record ProcessGroup(ProcessId leader, boolean startedByInit) {
  /**
   * Checks the parts.
   *
   * @param leader the process that was started
   * @param startedByInit whether the pid namespace ends with the process that started it
   */
  public ProcessGroup {
    Objects.requireNonNull(leader, "leader");
  }

  /**
   * Identifies the group of a child that was started through {@code setsid}.
   *
   * @param child the child
   * @return its group
   * @throws IOException if it has ended, leads no session (yet), or as {@link ProcessId#of(long)}
   */
  public static ProcessGroup of(Process child) throws IOException {
    return of(child, false);
  }

  /**
   * Like {@link #of(Process)}, for a process whose only work is this child, and that ends at once
   * when it closes its manager. If such a process is the init of its pid namespace, or the init's
   * only program, its death proves to other processes that the group has ended.
   *
   * @param child the child
   * @return its group
   * @throws IOException as {@link #of(Process)}
   */
  public static ProcessGroup ofOnlyProgram(Process child) throws IOException {
    return of(child, Inits.endsWithThisProcess());
  }

  private static ProcessGroup of(Process child, boolean startedByInit) throws IOException {
    ProcessId leader = ProcessId.of(child);
    ProcStat stat = ProcEntries.read(leader.pid());
    if (stat == null || stat.session() != leader.pid()) {
      throw new IOException(
          "process " + leader.pid() + " leads no session; start it through setsid(1)");
    }
    return new ProcessGroup(leader, startedByInit);
  }
}
