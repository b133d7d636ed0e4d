package dev.lastly.cleanup;

import dev.lastly.internal.proc.ProcStat;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import java.util.Objects;

/**
 * A program that tries to end its own process group, and prints the refusal. A test cannot do that
 * itself: in a container its session may have begun outside the pid namespace, and then has no
 * number here.
 */
final class OwnGroup {
  private OwnGroup() {}

  /** Says {@code terminate} or {@code run} which of the two ways is tried. */
  public static void main(String[] arguments) throws Exception {
    ProcStat self = Objects.requireNonNull(ProcEntries.read(ProcessHandle.current().pid()));
    ProcStat leader = Objects.requireNonNull(ProcEntries.read(self.session()));
    ProcessGroup group = new ProcessGroup(ProcessId.of(leader.pid()), false);
    try {
      if (arguments[0].equals("terminate")) {
        Processes.terminateGroup(group, Duration.ZERO);
      } else {
        Commands.runAfter(group, Duration.ZERO, Command.of("echo", "it has run"));
      }
      System.out.println("not refused");
    } catch (UnresolvableFunctionException e) {
      System.out.println(e.getMessage());
    }
  }
}
