package dev.lastly.property;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.engine.Engine;
import dev.lastly.model.Action;
import dev.lastly.model.Durability;
import dev.lastly.model.EncodedCall;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Takes the steps on a real database, and compares after each. */
final class Driver implements AutoCloseable {
  static final int MAX_ATTEMPTS = 3;

  /** The longest backoff, so that after a wait of it every retry is due. */
  static final Duration MAX_BACKOFF = Duration.ofSeconds(5);

  private static final int[] CLOCK_MILLIS = {10, 900, 1_100, 2_100, 5_100, 3_600_000, -700, -7_000};
  private static final int MAX_WORKERS = 5;

  private final Plan plan;
  private final Path base;
  private final Settings settings;
  private final Connection oracle;
  final World world;
  private @Nullable Worker justClosed;
  private int jobs;
  private int registrations;
  private Snapshot last;

  /**
   * What does not change during a history.
   *
   * @param containers whether some processes live in pid namespaces of their own; then locks are
   *     not lost, because they are all that is known of a process there
   * @param clockStepsBack whether the wall clock may; then no times are compared
   */
  record Plan(boolean containers, boolean clockStepsBack, Order order) {}

  Driver(Plan plan) throws IOException, SQLException {
    this.plan = plan;
    this.world = new World(plan.order());
    this.base = Template.copy();
    this.settings =
        Settings.builder()
            .durability(Durability.PROCESS_CRASH) // a power cut is no part of this: no fsync
            .reapInterval(Duration.ZERO)
            .storeTimeout(Duration.ofSeconds(2)) // how long the dead wait for connections
            .closeOnShutdown(false)
            .order(plan.order())
            .retry(
                RetryPolicy.builder()
                    .maxAttempts(MAX_ATTEMPTS)
                    .initialBackoff(Duration.ofSeconds(1))
                    .maxBackoff(MAX_BACKOFF)
                    .build())
            .build();
    this.oracle =
        DriverManager.getConnection("jdbc:sqlite:" + base.resolve("deferred/deferred.db"));
    try (Statement statement = oracle.createStatement()) {
      statement.execute("PRAGMA query_only = ON");
    }
    this.last = Snapshot.read(oracle, world, true);
    open(false, 0);
  }

  Snapshot last() {
    return last;
  }

  void take(Step step) throws SQLException {
    world.nextAction();
    long since = world.node.now();
    Worker reaper = apply(step);
    compare(step.toString());
    if (justClosed != null) {
      last.compareAfterClosing(justClosed);
      justClosed = null;
      requireNone(step.toString());
    }
    if (reaper != null) {
      last.compareAfterReaping(reaper, since);
      requireNone(step.toString());
    }
  }

  private @Nullable Worker apply(Step step) {
    int a = step.a();
    int b = step.b();
    switch (step.kind()) {
      case OPEN -> open(a % 2 == 0, b);
      case OPEN_JOB -> {
        return reaped(choose(world.open(), a), this::openJob);
      }
      case CLOSE_JOB -> {
        Worker.@Nullable OpenJob job = choose(world.openJobs(), a);
        return job == null ? null : reaped(job.worker(), worker -> closeJob(job));
      }
      case REAP -> {
        return reaped(choose(world.open(), a), this::reap);
      }
      case DEFER -> {
        if (world.openJobs().isEmpty()) {
          with(choose(world.open(), a), this::openJob);
        }
        with(choose(world.openJobs(), a), job -> defer(job, b));
      }
      case CANCEL -> with(choose(cancellable(), a), this::cancel);
      case CLOSE -> with(choose(world.living(), a), this::closeManager);
      case CRASH -> with(choose(world.node.living(), a), FakeNode.Proc::kill);
      case CRASH_AT_STATEMENT ->
          arm(a, b % 2 == 0 ? Wire.Trap.KILL_BEFORE : Wire.Trap.KILL_AFTER, b);
      case FAIL_AT_STATEMENT -> arm(a, Wire.Trap.FAIL, b);
      case LOSE_LOCKS -> {
        if (!plan.containers()) {
          with(choose(world.node.living(), a), FakeNode.Proc::loseLocks);
        }
      }
      case REBOOT -> world.node.reboot();
      case CLOCK -> world.node.advance(CLOCK_MILLIS[b % (plan.clockStepsBack() ? 8 : 6)]);
    }
    return null;
  }

  private static <T> @Nullable T choose(List<T> from, int number) {
    return from.isEmpty() ? null : from.get(number % from.size());
  }

  private static <T> void with(@Nullable T chosen, Consumer<T> then) {
    if (chosen != null) {
      then.accept(chosen);
    }
  }

  private static @Nullable Worker reaped(@Nullable Worker worker, Predicate<Worker> reaps) {
    return worker != null && reaps.test(worker) ? worker : null;
  }

  private void arm(int a, Wire.Trap trap, int statements) {
    with(choose(world.node.living(), a), process -> process.wire().arm(trap, statements));
  }

  /** Mostly a new process; sometimes a second manager in one that is there. */
  void open(boolean reusePid, int b) {
    if (world.living().size() >= MAX_WORKERS) {
      return;
    }
    FakeNode.Proc there = b % 5 == 4 ? choose(world.node.living(), b) : null;
    FakeNode.Proc process =
        there != null ? there : world.node.start(reusePid, plan.containers() && b % 3 == 1);
    int failures = process.wire().failures();
    try {
      world.workers.add(Worker.open(base, settings, world.node, process));
    } catch (StoreException | Calls.Killed e) {
      if (!process.isDead() && process.wire().failures() == failures) {
        throw e;
      }
    }
  }

  private void closeManager(Worker worker) {
    justClosed = world.act(worker, worker::close) ? worker : null;
  }

  private boolean openJob(Worker worker) {
    return world.act(
        worker,
        () -> {
          int number = ++jobs;
          Engine.JobSession session = worker.engine().openJob("job " + number);
          worker.jobs().add(new Worker.OpenJob(worker, session, number));
        });
  }

  boolean closeJob(Worker.OpenJob job) {
    job.worker().jobs().remove(job); // whatever goes wrong, it has begun to end
    return world.act(job.worker(), job.session()::close);
  }

  boolean reap(Worker worker) {
    return world.act(worker, worker.engine()::reap);
  }

  private void defer(Worker.OpenJob job, int b) {
    int sequence = ++registrations;
    Tracked f = new Tracked("f" + sequence, sequence, job);
    world.functions.put(f.key, f);
    f.registered = world.act(job.worker(), () -> f.id = job.session().defer(call(f.key, b)));
    if (!f.registered && !job.worker().process().isDead()) {
      world.functions.remove(f.key); // defer threw: then nothing may have been stored
    }
  }

  private static EncodedCall call(String key, int b) {
    int times = b / 6 % 4 == 3 ? 99 : 1 + b / 6 % 2;
    Action.Of2<String, Integer> function =
        switch (b % 6) {
          case 4 -> Calls::fails;
          case 5 -> Calls::kills;
          default -> Calls::returns;
        };
    return Codec.register(function, List.of(key, times)).call();
  }

  private List<Tracked> cancellable() {
    return world.functions.values().stream()
        .filter(f -> f.id != 0 && !f.registrar.hasEnded())
        .toList();
  }

  private void cancel(Tracked f) {
    Snapshot.Row row = last.rows().get(f.key); // a job that could not be ended may still be waiting
    boolean waits = row != null && row.state().equals("deferred");
    boolean[] answer = new boolean[1];
    if (world.act(f.registrar, () -> answer[0] = f.job().session().cancel(f.id))) {
      if (answer[0] != (waits || f.cancelled)) {
        world.problems.add("cancel answers " + answer[0] + " for " + f);
      }
      f.cancelled |= answer[0];
    } else {
      f.cancelUnanswered |= f.registrar.process().isDead();
    }
  }

  void compare(String after) throws SQLException {
    world.recordDeaths();
    last = Snapshot.read(oracle, world, !plan.clockStepsBack());
    last.compare();
    requireNone(after);
  }

  void requireNone(String after) {
    if (!world.problems.isEmpty()) {
      throw new AssertionError("after " + after + ":\n  " + String.join("\n  ", world.problems));
    }
  }

  @Override
  public void close() throws IOException, SQLException {
    world.node.living().forEach(FakeNode.Proc::kill);
    world.recordDeaths();
    oracle.close();
    Template.delete(base);
  }
}
