package dev.lastly.report;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The data of a page, of a node or of a fleet. Of a large database it has only a part (see {@link
 * Limits}), but {@link #totals} counts everything.
 *
 * @param madeAt when it was read, by the clock of the rows
 * @param place where it comes from
 * @param totals the counts of the whole store
 * @param problems what an integrity check found; empty if the database is sound
 * @param nodes the nodes of a fleet; null on a node
 * @param owners the owners, by id
 * @param functions the functions, by id
 * @param attempts the attempts of these functions
 * @param lives the histories of functions that failed, changed owner or were discarded, by id
 */
record ReportData(
    Instant madeAt,
    StorePlace place,
    Totals totals,
    List<String> problems,
    @Nullable ReportNodes nodes,
    List<ReportOwner> owners,
    List<ReportFunction> functions,
    List<ReportAttempt> attempts,
    Map<Object, ReportLife> lives) {

  /** The claims in {@link #lives}, each once, by time. */
  List<ReportLife.Claim> claims() {
    return lives.values().stream()
        .flatMap(life -> life.claims().stream())
        .distinct()
        .sorted(Comparator.comparing(ReportLife.Claim::at))
        .toList();
  }
}
