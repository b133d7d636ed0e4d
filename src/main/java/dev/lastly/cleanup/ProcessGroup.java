package dev.lastly.cleanup;

import java.io.IOException;
import java.util.Objects;

/**
 * A program that was started through {@code setsid}, with all that it starts: a session of the
 * kernel, setsid(2). Immutable. It names these processes and no others that ever have their number.
 *
 * @param leader the process that was started
 * @param pidNamespace where its pid means anything: what {@code /proc/self/ns/pid} links to,
 *     pid_namespaces(7)
 * @param startedByInit whether the process that started it is pid 1 of that namespace
 */
public record ProcessGroup(ProcessId leader, String pidNamespace, boolean startedByInit) {
  /**
   * Checks the parts.
   *
   * @param leader the process that was started
   * @param pidNamespace where its pid means anything
   * @param startedByInit whether the process that started it is pid 1 of that namespace
   * @throws IllegalArgumentException if {@code pidNamespace} is blank
   */
  public ProcessGroup {
    Objects.requireNonNull(leader, "leader");
    if (pidNamespace.isBlank()) {
      throw new IllegalArgumentException("a process group has a pid namespace");
    }
  }

  /**
   * Identifies the group of a child that was started through {@code setsid}.
   *
   * @param child the child
   * @return its group
   * @throws IOException if it has ended, leads no session (yet), or there is no {@code /proc}
   */
  public static ProcessGroup of(Process child) throws IOException {
    ProcessId leader = ProcessId.of(child);
    ProcStat stat = ProcStat.read(leader.pid());
    if (stat == null || stat.session() != leader.pid()) {
      throw new IOException(
          "process %d leads no session; start it through setsid(1)".formatted(leader.pid()));
    }
    boolean init = ProcessHandle.current().pid() == 1;
    return new ProcessGroup(leader, PidNamespaces.own(), init);
  }

  /** False if it is known that no process of the group is left. */
  boolean mayBeAlive() throws IOException {
    if (!leader.bootId().equals(ProcStat.bootId())) {
      return false; // nothing outlives its boot
    }
    if (!pidNamespace.equals(PidNamespaces.own())) {
      if (startedByInit || PidNamespaces.isGone(pidNamespace)) {
        return false;
      }
      throw new IOException(
          ("process group %d is in another pid namespace (%s), which cannot be seen from here; try"
                  + " again in that container, or as root on the machine itself")
              .formatted(leader.pid(), pidNamespace));
    }
    ProcStat stat = ProcStat.read(leader.pid());
    return stat == null || stat.startTicks() == leader.startTicks();
  }
}
