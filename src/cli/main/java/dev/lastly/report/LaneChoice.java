package dev.lastly.report;

import dev.lastly.model.ClaimRow;
import dev.lastly.model.OwnerRow;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Chooses the owners to draw: first those that did not just close, or that claimed functions. */
final class LaneChoice {
  private LaneChoice() {}

  /** The chosen owners, oldest first. */
  static List<OwnerRow> of(ReportData data) {
    Set<Long> tookOver = new HashSet<>();
    data.claims().stream().map(ClaimRow::toOwner).forEach(tookOver::add);
    return data.owners().stream()
        .sorted(
            Comparator.comparing((OwnerRow owner) -> isEventful(owner, tookOver))
                .thenComparing(OwnerRow::id)
                .reversed())
        .limit(Limits.LANES)
        .sorted(Comparator.comparing(OwnerRow::id))
        .toList();
  }

  private static boolean isEventful(OwnerRow owner, Set<Long> tookOver) {
    return OwnerEnding.of(owner) != OwnerEnding.CLOSED || tookOver.contains(owner.id());
  }
}
