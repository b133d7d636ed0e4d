package dev.lastly.cleanup;

import dev.lastly.internal.proc.ProcStat;

/** What the kernel says of processes that a test has started. */
final class ProcessStates {
  private ProcessStates() {}

  static boolean gone(long pid) throws Exception {
    ProcStat stat = ProcEntries.read(pid);
    return stat == null || stat.hasEnded();
  }

  /** The state letter, '-' if there is no such process. */
  static char state(long pid) throws Exception {
    ProcStat stat = ProcEntries.read(pid);
    return stat == null ? '-' : stat.state();
  }
}
