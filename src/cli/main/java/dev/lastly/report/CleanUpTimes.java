package dev.lastly.report;

import dev.lastly.model.FunctionState;
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
    Map<Object, Instant> deaths = deaths(data.owners());
    List<Duration> times = new ArrayList<>();
    for (ReportLife life : data.lives().values()) {
      Instant finished = life.row().course().finished();
      if (life.row().state() == FunctionState.DONE && finished != null) {
        life.claims().stream()
            .map(claim -> Optional.ofNullable(deaths.get(claim.from())))
            .flatMap(Optional::stream)
            .findFirst()
            .ifPresent(death -> times.add(Units.between(death, finished)));
      }
    }
    return Percentiles.of(times);
  }

  private static Map<Object, Instant> deaths(List<ReportOwner> owners) {
    Map<Object, Instant> deaths = new HashMap<>();
    for (ReportOwner owner : owners) {
      Instant ended = owner.closedAt();
      if (ended != null && owner.ending() == OwnerEnding.DIED) {
        deaths.put(owner.id(), ended);
      }
    }
    return deaths;
  }
}
