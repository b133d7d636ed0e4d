package dev.lastly.property;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.model.Action;
import dev.lastly.model.Durability;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Takes the steps on a real database, and compares it with the model after each. */
final class Driver implements AutoCloseable {
  static final int MAX_ATTEMPTS = 3;

  /** The longest backoff, so that after a wait of it every retry is due. */
  static final Duration MAX_BACKOFF = Duration.ofSeconds(5);

  static final RetryPolicy RETRY =
      RetryPolicy.builder()
          .maxAttempts(MAX_ATTEMPTS)
          .initialBackoff(Duration.ofSeconds(1))
          .maxBackoff(MAX_BACKOFF)
          .build();

  private static final int[] CLOCK_MILLIS = {10, 900, 1_100, 2_100, 5_100, 3_600_000, -700, -7_000};
  private static final int MAX_WORKERS = 5;

  private final Plan plan;
  private final Path base;
  private final Settings settings;
  private final Settings incapable; // of calling RareCalls
  private final Connection oracle;
  final ModelWorld world;
  private @Nullable ModelWorker justClosed;
  private int jobs;
  private int registrations;
  private Snapshot last;

  /**
   * What does not change during a history.
   *
   * @param containers whether some processes live in pid namespaces of their own; then locks are
   *     not lost, because they are all that is known of a process there
   * @param clockStepsBack whether the wall clock may
   */
  record Plan(boolean containers, boolean clockStepsBack, Order order) {}

  Driver(Plan plan) throws IOException, SQLException {
    this.plan = plan;
    this.world = new ModelWorld(plan.order());
    this.base = Template.copy();
    Settings.Builder builder =
        Settings.builder()
            .durability(Durability.PROCESS_CRASH) // a power cut is no part of this: no fsync
            .reapInterval(Duration.ZERO)
            .storeTimeout(Duration.ofSeconds(2)) // how long the dead wait for connections
            .onShutdown(OnShutdown.NOTHING)
            .order(plan.order())
            .retry(RETRY)
            .finishedRetention(Duration.ofSeconds(3))
            .finishedLimit(4);
    this.settings = builder.build();
    this.incapable =
        builder.policy(FunctionPolicy.allowList().allowClass(ModelCalls.class).build()).build();
    world.meddler(new Meddling(this));
    this.oracle = connect();
    try (Statement statement = oracle.createStatement()) {
      statement.execute("PRAGMA query_only = ON");
    }
    this.last = Snapshot.read(oracle, world);
    open(false, 0);
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + base.resolve("deferred/deferred.db"));
  }

  Snapshot last() {
    return last;
  }

  void take(ModelStep step) throws SQLException {
    world.nextAction();
    long since = world.node.now();
    ModelWorker reaper = apply(step);
    // A living owner that was ended by force leaves: nothing is promised about what it does next.
    world.workers.stream().filter(ModelWorker::isForced).forEach(worker -> worker.process().kill());
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

  private @Nullable ModelWorker apply(ModelStep step) throws SQLException {
    int a = step.a();
    int b = step.b();
    switch (step.kind()) {
      case OPEN -> open(a % 2 == 0, b);
      case OPEN_JOB -> {
        return reaped(choose(world.open(), a), this::openJob);
      }
      case CLOSE_JOB -> {
        ModelWorker.@Nullable OpenJob job = choose(world.openJobs(), a);
        return job == null ? null : reaped(job.worker(), worker -> closeJob(job));
      }
      case REAP -> {
        return reaped(choose(world.open(), a), this::reap);
      }
      case PRUNE -> {
        ModelWorker pruner = choose(world.open(), a);
        if (pruner != null) {
          prune(pruner);
        }
      }
      case DEFER -> {
        if (world.openJobs().isEmpty()) {
          with(choose(world.open(), a), this::openJob);
        }
        with(choose(world.openJobs(), a), job -> defer(job, a, b));
      }
      case CANCEL -> {
        Tracked f = choose(cancellable(), a + b);
        if (f != null) {
          cancel(f);
        }
      }
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

  private static @Nullable ModelWorker reaped(
      @Nullable ModelWorker worker, Predicate<ModelWorker> reaps) {
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
    open(reusePid, b, b % 2 == 1 ? incapable : settings);
  }

  private void open(boolean reusePid, int b, Settings of) {
    FakeNode.Proc there = b % 5 == 4 ? choose(world.node.living(), b) : null;
    FakeNode.Proc process =
        there != null ? there : world.node.start(reusePid, plan.containers() && b % 3 == 1);
    int failures = process.wire().failures();
    try {
      world.workers.add(ModelWorker.open(base, of, world.node, process));
    } catch (StoreException | ModelCalls.Killed e) {
      if (!process.isDead() && process.wire().failures() == failures) {
        throw e;
      }
    }
  }

  /** At least one owner must be able to call the functions that are left. */
  void openCapable() {
    open(false, 0, settings);
  }

  private void closeManager(ModelWorker worker) {
    justClosed = world.act(worker, worker::close) ? worker : null;
  }

  private boolean openJob(ModelWorker worker) {
    return world.act(
        worker,
        () -> {
          int number = ++jobs;
          Engine.JobSession session = worker.engine().openJob("job " + number);
          worker.jobs().add(new ModelWorker.OpenJob(worker, session, number));
        });
  }

  boolean closeJob(ModelWorker.OpenJob job) {
    job.worker().jobs().remove(job); // whatever goes wrong, it has begun to end
    return world.act(job.worker(), job.session()::close);
  }

  boolean reap(ModelWorker worker) {
    return world.act(worker, worker.engine()::reap);
  }

  private void defer(ModelWorker.OpenJob job, int a, int b) {
    int sequence = ++registrations;
    Tracked f = new Tracked("f" + sequence, sequence, job, isRare(b));
    world.functions.put(f.key, f);
    try {
      f.registered =
          world.act(job.worker(), () -> f.id = job.session().defer(call(f.key, a, b)).row());
      f.registered |= f.id != 0; // in spite of a failure: it was looked into, and was no harm
      problem(f.rare && f.id != 0 && !job.worker().isCapable(), "P8: accepted " + f);
    } catch (FunctionRefusedException e) {
      problem(!f.rare || job.worker().isCapable(), "refused " + f + ": " + e);
      world.saw("refused");
    }
    if (!f.registered && !job.worker().process().isDead()) {
      world.functions.remove(f.key); // defer threw: then nothing may have been stored
    }
  }

  private static boolean isRare(int b) {
    return b % 8 == 2 || b % 8 == 3;
  }

  private static EncodedCall call(String key, int a, int b) {
    int times = b % 8 >= 6 ? Meddling.what(a, b / 8) : b / 8 % 4 == 3 ? 99 : 1 + b / 8 % 2;
    Action.Of2<String, Integer> function =
        switch (b % 8) {
          case 2, 3 -> RareCalls::returns;
          case 6, 7 -> ModelCalls::meddles;
          case 4 -> ModelCalls::fails;
          case 5 -> ModelCalls::kills;
          default -> ModelCalls::returns;
        };
    return Codec.register(function, List.of(key, times)).call();
  }

  /** Functions with a handle: those whose registering process lives. */
  List<Tracked> cancellable() {
    return world.functions.values().stream()
        .filter(f -> f.id != 0 && !f.registrar.process().isDead())
        .toList();
  }

  void cancel(Tracked f) throws SQLException {
    if (f.registrar.isClosing() && f.registrar.isClosed()) {
      try {
        problem(
            f.job().session().cancel(new FunctionId(f.id)), "a closed manager has cancelled " + f);
      } catch (StoreException e) {
        world.saw("cancel by a closed manager");
      }
      return;
    }
    // Not as of the last comparison: a job that ends, or a claim, may be under way.
    boolean waits =
        count("id = %d AND state = 'deferred' AND owner_id = %d", f.id, f.registrar.id()) == 1;
    boolean pruned = count("id = %d", f.id, 0) == 0;
    boolean[] answer = new boolean[1];
    int failures = f.registrar.process().wire().failures();
    boolean clean =
        world.act(f.registrar, () -> answer[0] = f.job().session().cancel(new FunctionId(f.id)));
    boolean answered = // what a forced owner does is never clean, but it does get an answer
        !f.registrar.process().isDead() && f.registrar.process().wire().failures() == failures;
    if (clean || (f.registrar.isForced() && answered)) {
      problem(
          answer[0] != (waits || (f.cancelled && !pruned)), "cancel says " + answer[0] + ": " + f);
      f.cancelled |= answer[0];
      world.saw(answer[0] ? "cancelled" : "cancel too late");
    } else {
      f.cancelUnanswered |= f.registrar.process().isDead();
    }
  }

  /** As a person would with SQL, without asking whether it lives; false if it has ended. */
  boolean force(ModelWorker owner) throws SQLException {
    try (Connection person = connect();
        Statement statement = person.createStatement()) {
      return statement.executeUpdate(
              ("UPDATE owner SET closed_at = %d, end_reason = 'forced', evidence = 'a mistake'"
                      + " WHERE id = %d AND closed_at IS NULL")
                  .formatted(world.node.instant().toEpochMilli(), owner.id()))
          > 0; // the driver counts what the triggers change, too
    }
  }

  /** Compares what goes with what the reference says; all of it, if nothing goes wrong. */
  void prune(ModelWorker worker) throws SQLException {
    Snapshot before = Snapshot.read(oracle, world);
    Set<String> must = Retained.tooMany(before, settings);
    world.saw(must.isEmpty() ? "nothing beyond the limit" : "pruned by number");
    Set<String> old = Retained.tooOld(before, settings, world.node.now());
    if (!old.isEmpty()) {
      world.saw("pruned by age");
    }
    must.addAll(old);
    int[] count = new int[1];
    boolean clean = world.act(worker, () -> count[0] = worker.engine().prune());
    Set<String> may = Retained.tooOld(before, settings, world.node.now());
    may.addAll(must);
    may.forEach(key -> Objects.requireNonNull(world.functions.get(key)).mayBePruned = true);
    Snapshot after = Snapshot.read(oracle, world);
    Set<String> gone = new TreeSet<>(before.rows().keySet());
    gone.removeAll(after.rows().keySet());
    problem(!may.containsAll(gone), "pruned " + gone + ", of which only " + may + " may go");
    problem(clean && !gone.containsAll(must), "pruned " + gone + ", but not all of " + must);
    problem(clean && gone.size() != count[0], "prune says " + count[0] + " of " + gone);
    if (!clean) {
      world.saw(gone.isEmpty() ? "pruning undone" : "pruning cut short");
    }
  }

  long count(String where, long id, long owner) throws SQLException {
    return number("SELECT count(*) FROM deferred_function WHERE " + where.formatted(id, owner));
  }

  long number(String sql) throws SQLException {
    try (Statement statement = oracle.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.getLong(1);
    }
  }

  private void problem(boolean is, String text) {
    if (is) {
      world.problems.add(text);
    }
  }

  void compare(String after) throws SQLException {
    world.recordDeaths();
    last = Snapshot.read(oracle, world);
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
