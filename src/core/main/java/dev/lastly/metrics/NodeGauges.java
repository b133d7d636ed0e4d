package dev.lastly.metrics;

import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** The gauges of a node in one registry. */
final class NodeGauges {
  private static final String FUNCTIONS = "functions";

  /** Each gauge, in the order of the page that lists them. */
  private static final List<NodeGauge> ALL =
      List.of(
          new NodeGauge(
              "lastly.pending",
              FUNCTIONS,
              "Functions that have not been tried, mostly because their job is open",
              status -> status.count(FunctionState.DEFERRED)),
          new NodeGauge(
              "lastly.running",
              FUNCTIONS,
              "Functions with an attempt under way",
              status -> status.count(FunctionState.RUNNING)),
          new NodeGauge(
              "lastly.retrying",
              FUNCTIONS,
              "Functions that wait for their next attempt",
              status -> status.count(FunctionState.RETRY_WAIT)),
          new NodeGauge(
              "lastly.quarantined",
              FUNCTIONS,
              "Functions that have used up their attempts, and wait for an operator",
              status -> status.count(FunctionState.QUARANTINED)),
          new NodeGauge(
              "lastly.orphaned",
              FUNCTIONS,
              "Unfinished functions whose owner has ended or is dead",
              Status::orphans),
          new NodeGauge(
              "lastly.unresolvable",
              FUNCTIONS,
              "Orphans that a process could not run as they were registered",
              Status::unresolvable),
          new NodeGauge(
              "lastly.oldest.orphan.age",
              "seconds",
              "How long the orphan that waits longest has had no living owner; 0 without an orphan",
              NodeGauges::oldestOrphanSeconds),
          new NodeGauge(
              "lastly.alive", "owners", "Open managers whose process lives", Status::ownersAlive),
          new NodeGauge(
              "lastly.log.size",
              BaseUnits.BYTES,
              "The size of the write-ahead log",
              Status::walBytes));

  private final MeterRegistry registry;
  private final List<Meter> mine;

  private NodeGauges(MeterRegistry registry, List<Meter> mine) {
    this.registry = registry;
    this.mine = mine;
  }

  private record NodeGauge(
      String name, String unit, String description, ToDoubleFunction<Status> value) {}

  /** Adds the gauges, except those that the registry has already: another manager's. */
  static NodeGauges add(MeterRegistry registry, Tags tags, StatusCache node) {
    Set<Meter> others = Collections.newSetFromMap(new IdentityHashMap<>());
    others.addAll(registry.getMeters());
    return new NodeGauges(
        registry,
        ALL.stream()
            .map(
                gauge ->
                    (Meter)
                        Gauge.builder(gauge.name(), node, from -> from.read(gauge.value()))
                            .tags(tags)
                            .baseUnit(gauge.unit())
                            .description(gauge.description())
                            .strongReference(true)
                            .register(registry))
            .filter(meter -> !others.contains(meter))
            .toList());
  }

  /** Removes what {@link #add} has added. */
  void remove() {
    mine.forEach(registry::remove);
  }

  private static double oldestOrphanSeconds(Status status) {
    Instant since = status.oldestOrphan();
    return since == null
        ? 0
        : Math.max(0, Duration.between(since, Instant.now()).toMillis() / 1_000.0);
  }
}
