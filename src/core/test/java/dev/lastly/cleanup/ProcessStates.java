package dev.lastly.cleanup;

/** The kernel's states of processes that a test has started. */
final class ProcessStates {
  private ProcessStates() {}

  static boolean gone(long pid) throws Exception {
    ProcStat stat = ProcStat.read(pid);
    return stat == null || stat.gone();
  }

  /** The state letter, '-' if there is no such process. */
  static char state(long pid) throws Exception {
    ProcStat stat = ProcStat.read(pid);
    return stat == null ? '-' : stat.state();
  }
}
