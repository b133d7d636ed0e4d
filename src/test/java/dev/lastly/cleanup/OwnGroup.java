package dev.lastly.cleanup;

import java.time.Duration;
import java.util.Objects;

/**
 * A program that would end the group that it belongs to, and prints what it is told. A test cannot
 * do that itself: where its session was begun outside its pid namespace (a container), the session
 * has no number here.
 */
final class OwnGroup {
  private OwnGroup() {}

  /** Says {@code terminate} or {@code run} which of the two ways is tried. */
  public static void main(String[] arguments) throws Exception {
    ProcStat self = Objects.requireNonNull(ProcStat.read(ProcessHandle.current().pid()));
    ProcStat leader = Objects.requireNonNull(ProcStat.read(self.session()));
    ProcessId id = new ProcessId(leader.pid(), leader.startTicks(), ProcStat.bootId());
    ProcessGroup group = new ProcessGroup(id, PidNamespaces.own(), false);
    try {
      if (arguments[0].equals("terminate")) {
        Processes.terminateGroup(group, Duration.ZERO);
      } else {
        Commands.runAfter(group, Duration.ZERO, Command.of("echo", "it has run"));
      }
      System.out.println("not refused");
    } catch (IllegalArgumentException e) {
      System.out.println(e.getMessage());
    }
  }
}
