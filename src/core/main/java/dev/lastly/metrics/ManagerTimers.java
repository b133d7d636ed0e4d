package dev.lastly.metrics;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.WorkerEvent;
import dev.lastly.model.WorkerMeter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The timers of a manager in one registry. Thread-safe. */
final class ManagerTimers implements WorkerMeter {
  /** Stands for all functions whose names are beyond the limit. */
  private static final String OTHER_NAMES = "(other)";

  private final MeterRegistry registry;
  private final Tags tags;
  private final int mostNames;
  private final Runnable onClosing;
  private final Timer commits;
  private final Timer cleanUps;
  private final Map<Series, Timer> attempts = new ConcurrentHashMap<>();
  private final Set<String> names = new HashSet<>(); // guarded by this

  /**
   * Adds those timers to the registry whose tags are known, so that they are there with a count of
   * 0.
   *
   * @param mostNames how many names of functions have tags of their own
   * @param onClosing what to do when the manager begins to close
   */
  ManagerTimers(MeterRegistry registry, Tags tags, int mostNames, Runnable onClosing) {
    this.registry = registry;
    this.tags = tags;
    this.mostNames = mostNames;
    this.onClosing = onClosing;
    this.commits =
        Timer.builder("lastly.commits")
            .tags(tags)
            .description("Write transactions of this manager, with their wait for the write lock")
            .register(registry);
    this.cleanUps =
        Timer.builder("lastly.cleanup.after.death")
            .tags(tags)
            .description("From when a death was found until this manager ran what the owner left")
            .register(registry);
  }

  private record Series(String function, AttemptOutcome outcome) {}

  @Override
  public void happened(WorkerEvent event) {
    if (event instanceof WorkerEvent.Ended ended) {
      Series series = new Series(ended.name(), ended.outcome());
      Timer known = attempts.get(series);
      (known == null ? attempts(series) : known).record(ended.took());
    }
  }

  private synchronized Timer attempts(Series series) {
    boolean own =
        names.contains(series.function())
            || (names.size() < mostNames && names.add(series.function()));
    Series told = own ? series : new Series(OTHER_NAMES, series.outcome());
    return attempts.computeIfAbsent(told, this::newTimer);
  }

  private Timer newTimer(Series series) {
    return Timer.builder("lastly.attempts")
        .tags(tags)
        .tag("function", series.function())
        .tag("outcome", series.outcome().columnValue())
        .description("Attempts of this manager to run a function")
        .register(registry);
  }

  @Override
  public void committed(Duration took, int writes) {
    commits.record(took);
  }

  @Override
  public void cleanedUp(long ownerId, int functions, Duration sinceDeath) {
    cleanUps.record(sinceDeath);
  }

  @Override
  public void closing() {
    onClosing.run();
  }
}
