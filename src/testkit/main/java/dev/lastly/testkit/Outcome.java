package dev.lastly.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a process ended.
 *
 * @param passed the boundaries that it passed, in order
 * @param killedBefore what it was about to do when it was killed; null if it was not killed there
 * @param exit its exit status
 * @param hang what its threads were doing at the time limit; null if it ended in time
 * @param children the processes that it had started and that still ran when it ended
 */
record Outcome(
    List<Step> passed,
    @Nullable Step killedBefore,
    int exit,
    @Nullable String hang,
    List<ProcessHandle> children) {

  boolean killed() {
    return killedBefore != null;
  }

  /** {@code after …, before …}: where the process was killed. */
  String moment() {
    String before = "before " + killedBefore;
    return passed.isEmpty() ? before : "after " + passed.get(passed.size() - 1) + ", " + before;
  }
}
