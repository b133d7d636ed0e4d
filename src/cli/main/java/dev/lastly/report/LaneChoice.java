package dev.lastly.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Chooses the owners to draw: first those that did not just close, or that claimed functions. */
final class LaneChoice {
  private LaneChoice() {}

  /** The chosen owners, oldest first. */
  static List<ReportOwner> of(ReportData data) {
    Set<Object> tookOver = new HashSet<>();
    data.claims().stream().map(ReportLife.Claim::to).forEach(tookOver::add);
    List<ReportOwner> newestFirst = new ArrayList<>(data.owners());
    Collections.reverse(newestFirst);
    Set<ReportOwner> chosen =
        newestFirst.stream()
            .sorted(Comparator.comparing((ReportOwner owner) -> !isEventful(owner, tookOver)))
            .limit(Limits.LANES)
            .collect(Collectors.toSet());
    return data.owners().stream().filter(chosen::contains).toList();
  }

  private static boolean isEventful(ReportOwner owner, Set<Object> tookOver) {
    return owner.ending() != OwnerEnding.CLOSED || tookOver.contains(owner.id());
  }
}
