package dev.lastly.crash;

import static dev.lastly.crash.EventLog.Kind.CANCELLED;
import static dev.lastly.crash.EventLog.Kind.CANCELLING;
import static dev.lastly.crash.EventLog.Kind.CLOSING;
import static dev.lastly.crash.EventLog.Kind.COMMITTED;
import static dev.lastly.crash.EventLog.Kind.COMMITTING;
import static dev.lastly.crash.EventLog.Kind.DEFERRED;
import static dev.lastly.crash.EventLog.Kind.DEFERRING;
import static dev.lastly.crash.EventLog.Kind.ENDING;
import static dev.lastly.crash.EventLog.Kind.HANDED_OVER;
import static dev.lastly.crash.EventLog.Kind.HANDING_OVER;
import static dev.lastly.crash.EventLog.Kind.RUNNING_NOW;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * The owners of a scenario, in the child, in one state directory. Their acts are logged before they
 * begin and when they are acknowledged. For one thread.
 *
 * <p>Deterministic: no background threads, and a clock of its own, which runs in the past, so that
 * nothing is due before the scenario says so, and everything is due for the recovery.
 */
final class Stage {
  private final Path base;
  private final EventLog log;
  private final UnaryOperator<DataSource> source;
  private final StepClock clock;

  /**
   * A stage.
   *
   * @param start what its clock shows first
   * @param source stands between the pools and SQLite
   */
  Stage(Path base, EventLog log, Instant start, UnaryOperator<DataSource> source) {
    this.base = base;
    this.log = log;
    this.source = source;
    this.clock = new StepClock(start.toEpochMilli());
  }

  /** Each look costs a millisecond, so that what happens one after the other also says so. */
  private static final class StepClock implements InstantSource {
    private long now;

    StepClock(long now) {
      this.now = now;
    }

    @Override
    public synchronized Instant instant() {
      return Instant.ofEpochMilli(++now);
    }

    synchronized void advance(Duration time) {
      now += time.toMillis();
    }
  }

  /** The log of what happens. */
  EventLog log() {
    return log;
  }

  /** Settings without anything that depends on time. */
  static Settings.Builder settings() {
    return Settings.builder()
        .reapInterval(Duration.ZERO)
        .onShutdown(OnShutdown.NOTHING)
        .retry(retries(5));
  }

  /** A first retry after a second, which passes only by {@link #letRetriesBecomeDue}. */
  static RetryPolicy retries(int maxAttempts) {
    return RetryPolicy.builder()
        .maxAttempts(maxAttempts)
        .initialBackoff(Duration.ofSeconds(1))
        .multiplier(1)
        .build();
  }

  void letRetriesBecomeDue() {
    letPass(Duration.ofSeconds(2));
  }

  /** Moves the clock on. */
  void letPass(Duration time) {
    clock.advance(time);
  }

  /** What the clock shows. */
  long now() {
    return clock.millis();
  }

  /** What managers are opened with. */
  Path base() {
    return base;
  }

  /** Opens an owner. */
  Owner open(Settings settings) {
    Node.Seams seams = new Node.Seams(Owners::open, clock, source);
    return new Owner(
        Node.open(base, DeferredFunctionManager.STATE_DIR_STEM, settings, seams), settings.order());
  }

  /** An open manager. */
  final class Owner implements AutoCloseable {
    private final Engine engine;
    private final Order order;

    private Owner(Engine engine, Order order) {
      this.engine = engine;
      this.order = order;
    }

    Engine engine() {
      return engine;
    }

    Job open(String name) {
      return new Job(engine.openJob(name), name, order);
    }

    int reap() {
      return engine.reap();
    }

    @Override
    public void close() {
      log.append(CLOSING, engine.ownerId().toString());
      engine.close();
    }

    /** Ends it as {@link DeferredFunctionManager#cleanupWorker} does. */
    void closeAndCompact() {
      log.append(CLOSING, engine.ownerId().toString());
      engine.closeAndCompact();
    }
  }

  /** An open job. */
  final class Job implements AutoCloseable {
    private final Engine.JobSession session;
    private final String name;
    private final Order order;
    private final Map<String, Long> ids = new HashMap<>();
    private final List<FunctionId> ifFailed = new ArrayList<>();

    private Job(Engine.JobSession session, String name, Order order) {
      this.session = session;
      this.name = name;
      this.order = order;
    }

    /** Registers one function for each behaviour, in order; keys are {@code job/number-deed}. */
    Job defer(String... behaviours) {
      return defer("", behaviours);
    }

    /** Registers what runs only if the job is not committed. */
    Job deferIfFailed(String... behaviours) {
      return defer(CrashHistory.ONLY_IF_FAILED, behaviours);
    }

    private Job defer(String when, String... behaviours) {
      for (String behaviour : behaviours) {
        String key = name + "/" + (ids.size() + 1) + "-" + behaviour;
        log.append(DEFERRING, key, when);
        long id = session.defer(Codec.encode(Deeds.of(key), List.of(log.file(), key))).row();
        log.append(DEFERRED, key, Long.toString(id));
        ids.put(key, id);
        if (!when.isEmpty()) {
          ifFailed.add(new FunctionId(id));
        }
      }
      return this;
    }

    Job commit() {
      log.append(COMMITTING, name);
      session.commit(ifFailed);
      log.append(COMMITTED, name);
      return this;
    }

    void handOver(Owner heir) {
      log.append(HANDING_OVER, name);
      boolean unused = session.handOver(heir.engine().ownerId()).isPresent();
      log.append(HANDED_OVER, name, heir.engine().ownerId().toString());
    }

    /** Runs a function by its key without the job; one that fails waits for its retry. */
    Job runNow(String numberAndDeed) {
      String key = name + "/" + numberAndDeed;
      log.append(RUNNING_NOW, key);
      try {
        boolean unused = session.runNow(new FunctionId(Objects.requireNonNull(ids.get(key), key)));
      } catch (CleanUpFailedException e) {
        if (!Deeds.behaviour(key).equals("fails")) {
          throw e;
        }
      }
      return this;
    }

    /** Cancels a function by its key without the job. */
    boolean cancel(String numberAndDeed) {
      String key = name + "/" + numberAndDeed;
      Long id = ids.get(key);
      if (id == null) {
        throw new IllegalArgumentException(key + " was not deferred");
      }
      log.append(CANCELLING, key);
      boolean cancelled = session.cancel(new FunctionId(id));
      log.append(CANCELLED, key, Boolean.toString(cancelled));
      return cancelled;
    }

    @Override
    public void close() {
      log.append(ENDING, name, order.name());
      session.close();
    }
  }
}
