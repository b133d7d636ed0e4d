package dev.lastly.report;

import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OwnerRow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How long it took from the discovery of an owner's death until a function that it left was done,
 * including retries. The time of the death itself is not known.
 */
final class CleanUpTimes {
  private CleanUpTimes() {}

  static Percentiles of(ReportData data) {
    Map<Long, Instant> deaths = deaths(data.owners());
    List<Duration> times = new ArrayList<>();
    for (FunctionLife life : data.lives().values()) {
      Instant finished = life.row().finishedAt();
      if (life.row().state() == FunctionState.DONE && finished != null) {
        life.claims().stream()
            .map(claim -> Optional.ofNullable(deaths.get(claim.fromOwner())))
            .flatMap(Optional::stream)
            .findFirst()
            .ifPresent(death -> times.add(Units.between(death, finished)));
      }
    }
    return Percentiles.of(times);
  }

  private static Map<Long, Instant> deaths(List<OwnerRow> owners) {
    Map<Long, Instant> deaths = new HashMap<>();
    for (OwnerRow owner : owners) {
      Instant ended = owner.closedAt();
      if (ended != null && OwnerEnding.of(owner) == OwnerEnding.DIED) {
        deaths.put(owner.id(), ended);
      }
    }
    return deaths;
  }
}
