package dev.lastly.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a process ended.
 *
 * @param passed what it did, in order
 * @param killedBefore what it was about to do when it was killed; null if it was not killed there
 * @param exit its exit status
 * @param hang what its threads were doing when its time was over; null if it ended in time
 * @param children the processes that it had started and that ran when it was killed
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

  /** {@code after …, before …}, of a process that was killed. */
  String moment() {
    String before = "before " + killedBefore;
    return passed.isEmpty() ? before : "after " + passed.get(passed.size() - 1) + ", " + before;
  }
}
