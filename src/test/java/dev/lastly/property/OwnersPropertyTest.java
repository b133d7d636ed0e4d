package dev.lastly.property;

import dev.lastly.model.Order;
import java.sql.SQLException;
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
import net.jqwik.api.statistics.Statistics;

/**
 * The promises P1 to P5 under random histories of several owners on one real database, where
 * processes, locks and the clock are fakes that fail in every way that the design names.
 */
@Label("owners")
class OwnersPropertyTest {
  private static final int ROUNDS = 100;

  @Property(tries = 250, edgeCases = EdgeCasesMode.NONE)
  void owners_anyHistory_promisesHold(
      @ForAll("plans") Driver.Plan plan,
      @ForAll("histories") List<Step> history,
      @ForAll boolean everybodyDies)
      throws Exception {
    try (Driver driver = new Driver(plan)) {
      for (Step step : history) {
        driver.take(step);
      }
      end(driver, everybodyDies);
      collect(driver);
    }
  }

  @Provide
  Arbitrary<Driver.Plan> plans() {
    Arbitrary<Boolean> seldom = Arbitraries.of(false, false, false, true);
    return Combinators.combine(seldom, seldom, Arbitraries.of(Order.class)).as(Driver.Plan::new);
  }

  @Provide
  Arbitrary<List<Step>> histories() {
    return Step.any()
        .list()
        .ofMaxSize(40)
        .withSizeDistribution(RandomDistribution.uniform()); // short ones show little
  }

  /** P3: from any state on, whoever goes on working brings everything to its end. */
  static void end(Driver driver, boolean everybodyDies) throws SQLException {
    World world = driver.world;
    world.nextAction();
    world.node.living().forEach(process -> process.wire().arm(Wire.Trap.NONE, 0));
    if (everybodyDies) {
      world.node.living().forEach(FakeNode.Proc::kill);
    }
    driver.compare("the end of the history");
    for (Worker.OpenJob job : world.openJobs()) {
      world.nextAction();
      if (!job.worker().hasEnded()) { // a function of another job may have killed it
        driver.closeJob(job);
        driver.compare("closing a job at the end");
      }
    }
    for (Worker worker : world.living()) {
      if (worker.isClosing() && !worker.hasEnded()) {
        world.nextAction();
        world.act(worker, worker::close); // it failed before: the facade says to call it again
        driver.compare("closing a manager again");
      }
    }
    for (int i = 0; i < ROUNDS && unfinished(driver); i++) {
      world.node.advance(Driver.MAX_BACKOFF.toMillis());
      if (world.open().isEmpty()) {
        driver.open(false, 0);
      }
      for (Worker worker : world.open()) {
        world.nextAction();
        if (!worker.hasEnded()) {
          driver.reap(worker);
          driver.compare("the last reaping");
        }
      }
    }
    requireAllEnded(driver);
  }

  private static boolean unfinished(Driver driver) {
    return driver.last().rows().values().stream().anyMatch(Snapshot.Row::isUnfinished);
  }

  private static void requireAllEnded(Driver driver) {
    World world = driver.world;
    for (Snapshot.Row row : driver.last().rows().values()) {
      boolean usedUp = row.state().equals("quarantined") && row.attempts() == Driver.MAX_ATTEMPTS;
      if (!usedUp && !row.state().equals("done") && !row.state().equals("cancelled")) {
        world.problems.add("P3: has not come to its end: " + row);
      }
    }
    driver.requireNone("the end");
  }

  private static void collect(Driver driver) {
    Snapshot last = driver.last();
    World world = driver.world;
    some("deaths", world.deaths());
    some("claims", world.claims());
    some("runs", world.functions.values().stream().mapToLong(f -> f.runs.size()).sum());
    some("done", last.count("done"));
    some("cancelled", last.count("cancelled"));
    some("quarantined", last.count("quarantined"));
    some(
        "failed writes",
        world.workers.stream().mapToLong(w -> w.process().wire().failures()).sum());
  }

  private static void some(String what, long count) {
    Statistics.label(what).collect(count == 0 ? "0" : count < 3 ? "1-2" : count < 9 ? "3-8" : "9+");
  }
}
