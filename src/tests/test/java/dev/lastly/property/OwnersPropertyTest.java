package dev.lastly.property;

import dev.lastly.model.Order;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;

/**
 * The promises P1 to P5 under random histories of several owners on one real database. Processes,
 * locks and the clock are simulated, and fail in every way that the design names.
 */
@Label("owners")
@Tag("campaign")
class OwnersPropertyTest {
  private static final int ROUNDS = 100;

  /** In so many histories at least each case must happen; a few of them are in 5 % only. */
  private static final int LEAST = 1;

  private static final List<String> CASES =
      List.of(
          "retry",
          "quarantined",
          "claimed",
          "claimed again",
          "claimed by one who can",
          "left for one who can",
          "refused",
          "cancelled",
          "cancel too late",
          "cancelled while its job ends",
          // not "cancelled while its owner runs": one in 50 only, so a check would fail by chance
          "cancel after a claim",
          "cancel by a closed manager",
          "outcome of a lost function",
          "pruned by age",
          "pruned by number",
          "pruned while a function ran",
          "owner pruned");

  @Property(tries = 150, edgeCases = EdgeCasesMode.NONE)
  void owners_anyHistory_promisesHold(
      @ForAll("plans") Driver.Plan plan,
      @ForAll("histories") List<ModelStep> history,
      @ForAll boolean allDie)
      throws Exception {
    try (Driver driver = new Driver(plan)) {
      for (ModelStep step : history) {
        driver.take(step);
      }
      end(driver, allDie);
      collect(driver);
    }
  }

  @Provide
  Arbitrary<Driver.Plan> plans() {
    Arbitrary<Boolean> seldom = Arbitraries.of(false, false, false, true);
    return Combinators.combine(seldom, seldom, Arbitraries.of(Order.class)).as(Driver.Plan::new);
  }

  @Provide
  Arbitrary<List<ModelStep>> histories() {
    return Arbitraries.frequencyOf(
            Tuple.of(18, ModelStep.any().map(List::of)),
            Tuple.of(2, ModelStep.race()),
            Tuple.of(1, ModelStep.inheritance()))
        .list()
        .ofMinSize(5)
        .ofMaxSize(35)
        .withSizeDistribution(RandomDistribution.uniform()) // short ones show little
        .map(parts -> parts.stream().flatMap(List::stream).toList());
  }

  /** P3: from any state, the workers that continue finish everything. */
  static void end(Driver driver, boolean allDie) throws SQLException {
    ModelWorld world = driver.world;
    world.nextAction();
    world.node.living().forEach(process -> process.wire().arm(Wire.Trap.NONE, 0));
    if (allDie) {
      world.node.living().forEach(FakeNode.Proc::kill);
    }
    driver.compare("the end of the history");
    for (ModelWorker.OpenJob job : world.openJobs()) {
      world.nextAction();
      if (!job.worker().hasEnded()) { // a function of another job may have killed it
        driver.closeJob(job);
        driver.compare("closing a job at the end");
      }
    }
    for (ModelWorker worker : world.living()) {
      if (worker.isClosing() && !worker.hasEnded()) {
        world.nextAction();
        world.act(worker, worker::close); // it failed before: the facade says to call it again
        driver.compare("closing a manager again");
      }
    }
    for (int i = 0; i < ROUNDS && unfinished(driver); i++) {
      world.node.advance(Driver.MAX_BACKOFF.toMillis());
      if (world.open().stream().noneMatch(ModelWorker::isCapable)) {
        driver.openCapable();
      }
      for (ModelWorker worker : world.open()) {
        world.nextAction();
        if (!worker.hasEnded()) {
          driver.reap(worker);
          driver.compare("the last reaping");
        }
      }
    }
    requireAllEnded(driver);
    requirePrunable(driver);
  }

  /** What is old and finished goes, with everything to which nothing else refers. */
  private static void requirePrunable(Driver driver) throws SQLException {
    ModelWorld world = driver.world;
    world.node.advance(Duration.ofDays(1).toMillis());
    world.nextAction();
    if (world.open().isEmpty()) {
      driver.openCapable();
    }
    for (ModelWorker worker : world.open()) {
      if (!isSettled(driver)) { // a process died, or could not write, after the last orphan
        driver.reap(worker);
        driver.compare("settling");
      }
    }
    if (!isSettled(driver)
        && world.workers.stream().anyMatch(worker -> worker.process().wire().failures() > 0)) {
      // One that could not write tries again after a second of real time; a new one looks at once.
      driver.openCapable();
      driver.reap(world.open().get(world.open().size() - 1));
      driver.compare("settling by another process");
    }
    driver.prune(world.open().get(0));
    driver.compare("the last pruning");
    for (String left :
        List.of(
            "deferred_function WHERE state <> 'quarantined'",
            // One whose functions went while it was open goes at the latest with its owner.
            "job WHERE id NOT IN (SELECT job_id FROM deferred_function)"
                + " AND opened_by IN (SELECT id FROM owner WHERE closed_at IS NOT NULL)"
                + " AND opened_by NOT IN (SELECT opened_by FROM job"
                + "                       WHERE id IN (SELECT job_id FROM deferred_function))"
                + without("opened_by"),
            "claim WHERE job_id NOT IN (SELECT job_id FROM deferred_function)",
            "owner WHERE closed_at IS NOT NULL AND id NOT IN (SELECT opened_by FROM job)"
                + without("id"))) {
      if (driver.number("SELECT count(*) FROM " + left) != 0) {
        world.problems.add("not pruned: " + left);
      }
    }
    driver.requireNone("the last pruning");
  }

  private static boolean isSettled(Driver driver) throws SQLException {
    return driver.number("SELECT count(*) FROM owner WHERE left_orphans = 1") == 0;
  }

  /** Only jobs refer to the owner. */
  private static String without(String owner) {
    return (" AND %1$s NOT IN (SELECT from_owner FROM claim UNION SELECT to_owner FROM claim)"
            + " AND %1$s NOT IN (SELECT ifnull(ended_by, 0) FROM owner)"
            + " AND %1$s NOT IN (SELECT reported_by FROM unresolvable_function)")
        .formatted(owner);
  }

  private static boolean unfinished(Driver driver) {
    return driver.last().rows().values().stream().anyMatch(Snapshot.Row::isUnfinished);
  }

  private static void requireAllEnded(Driver driver) {
    ModelWorld world = driver.world;
    for (Snapshot.Row row : driver.last().rows().values()) {
      boolean usedUp = row.state().equals("quarantined") && row.attempts() == Driver.MAX_ATTEMPTS;
      if (usedUp) {
        world.saw("quarantined");
      }
      if (!usedUp && !row.state().equals("done") && !row.state().equals("cancelled")) {
        world.problems.add("P3: has not come to its end: " + row);
      }
    }
    driver.requireNone("the end");
  }

  private static void collect(Driver driver) {
    ModelWorld world = driver.world;
    for (String reached : CASES) {
      // A generator that stops reaching a case would make all that is said about it void.
      Statistics.label(reached)
          .collect(world.seen().contains(reached))
          .coverage(coverage -> coverage.check(true).count(count -> count >= LEAST));
    }
    some("deaths", world.deaths());
    some("claims", world.claims());
    some("runs", world.functions.values().stream().mapToLong(f -> f.runs.size()).sum());
    some(
        "failed writes",
        world.workers.stream().mapToLong(w -> w.process().wire().failures()).sum());
  }

  private static void some(String what, long count) {
    Statistics.label(what).collect(count == 0 ? "0" : count < 3 ? "1-2" : count < 9 ? "3-8" : "9+");
  }
}
