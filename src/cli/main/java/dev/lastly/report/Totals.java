package dev.lastly.report;

import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The counts of a whole store.
 *
 * @param functions how many are in each state
 * @param pruned how many were finished and removed; null if the store does not count them
 * @param owners how many ended in which way, or have not ended
 * @param orphans unfinished functions without a living owner
 * @param oldestOrphan since when the first of them waits, or null
 * @param unresolvable how many of them some process could not run
 * @param waiting the most frequent reasons why functions wait that have no living owner
 * @param database its sizes and versions
 */
record Totals(
    Map<FunctionState, Long> functions,
    @Nullable Long pruned,
    Map<OwnerEnding, Long> owners,
    long orphans,
    @Nullable Instant oldestOrphan,
    long unresolvable,
    List<WaitingReason.SameReason> waiting,
    Database database) {

  /**
   * The database.
   *
   * @param bytes its size
   * @param facts what else there is to say, by name, in the order of the page
   */
  record Database(long bytes, Map<String, String> facts) {}

  long number(FunctionState state) {
    return functions.getOrDefault(state, 0L);
  }

  long number(OwnerEnding ending) {
    return owners.getOrDefault(ending, 0L);
  }

  /** All functions of the store. */
  long functionsThere() {
    return functions.values().stream().mapToLong(Long::longValue).sum();
  }

  /** All owners of the store. */
  long ownersThere() {
    return owners.values().stream().mapToLong(Long::longValue).sum();
  }
}
