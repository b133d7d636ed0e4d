package dev.lastly.bench.fleet;

import dev.lastly.bench.Budget;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.FleetTable;
import dev.lastly.bench.report.Goal;
import dev.lastly.bench.report.Machine;
import dev.lastly.bench.report.Metric;
import dev.lastly.cleanup.Cleanup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures a fleet, and prints the figures for {@code docs/fleet.md}: {@code FleetBench BUDGET DATA
 * PORT}. PORT is that of a server of which nothing else makes use.
 */
final class FleetBench {
  private FleetBench() {}

  public static void main(String[] args) throws Exception {
    Budget budget = Budget.valueOf(args[0].toUpperCase(Locale.ROOT));
    Path data = Files.createTempDirectory(Files.createDirectories(Path.of(args[1])), "fleet");
    Map<String, String> machine = Machine.describe(data);
    Figures figures = new Figures();
    try (Server server = new Server(Integer.parseInt(args[2]))) {
      machine.put("PostgreSQL", server.text("SHOW server_version") + ", on the same machine");
      say("registration");
      RegistrationOfAFleet.measure(server, data.resolve("registering"), budget.rows(50), figures);
      Drain drain = new Drain(server, data, budget.rows(40_000), figures);
      for (int i = 0; i < budget.duels() + 1; i++) {
        say("drain");
        // What a JVM's first drain takes says nothing of its others.
        (i == 0 ? new Drain(server, data, budget.rows(40_000), new Figures()) : drain).measure(i);
      }
      server.run("TRUNCATE scheduled_tasks, jobrunr_jobs"); // what was registered above
      int calls = budget.rows(2_000);
      Peers.Peer scheduler = Peers.dbScheduler(server, server.pool(40, "off"));
      Peers.Peer runr = Peers.jobRunr(server.pool(40, "off"));
      for (int i = 0; i < budget.duels(); i++) {
        say("drain of db-scheduler and JobRunr");
        drain.measure("db-scheduler", scheduler, calls);
        drain.measure("JobRunr", runr, calls);
      }
      say("death");
      DeathInAFleet.measure(server, data.resolve("death"), budget.starts(), figures);
      say("death of nodes");
      DeathOfANode.measure(server, data.resolve("nodes"), 5, figures);
      say("outage");
      Outage.measure(server, data.resolve("outage"), figures);
      say("idle nodes");
      IdleNodes.measure(server, data.resolve("idle"), 20, budget.rows(60_000), figures);
    }
    System.out.println(FleetTable.of(machine, figures, goals()));
    Cleanup.deleteTree(data.toRealPath());
    System.exit(0); // jobs are open that would run all that was registered
  }

  private static List<Goal> goals() {
    List<Goal> goals = new ArrayList<>();
    Metric lastly = RegistrationOfAFleet.LASTLY;
    goals.add(
        Goal.atMost(
            "`job.fleet().defer` beside the raw INSERT",
            1.25,
            "×",
            figures -> figures.ratio(lastly, RegistrationOfAFleet.RAW)));
    for (Metric peer : List.of(RegistrationOfAFleet.DB_SCHEDULER, RegistrationOfAFleet.JOBRUNR)) {
      goals.add(
          Goal.atLeast(
              "`job.fleet().defer` as fast as " + peer.title(),
              1,
              "×",
              figures -> figures.ratio(peer, lastly)));
    }
    for (int workers : new int[] {1, 4}) {
      goals.add(drain("raw statements in pages", workers, 0.8));
      goals.add(drain("db-scheduler", workers, 1));
      goals.add(drain("JobRunr", workers, 1));
    }
    goals.add(
        Goal.atMost(
            "a process dies, its node lives: from kill -9 to the clean-up",
            200,
            "ms",
            figures -> figures.median(DeathInAFleet.METRIC)));
    double presumed = DeathOfANode.PRESUMED_AFTER.toSeconds();
    goals.add(
        Goal.atMost(
            "a node dies, and is presumed after 30 s: from kill -9 to the clean-up",
            1.1 * presumed,
            "s",
            figures -> figures.median(DeathOfANode.METRIC)));
    goals.add(
        Goal.atMost(
            "living nodes ended by an outage of the database",
            0,
            "nodes",
            figures -> figures.median(Outage.METRIC)));
    goals.add(
        Goal.atMost(
            "an idle node", 0.1, "statements/s", figures -> figures.median(IdleNodes.METRIC)));
    return goals;
  }

  private static Goal drain(String other, int workers, double limit) {
    return Goal.atLeast(
        "calls made by " + workers + (workers == 1 ? " worker" : " workers") + ", beside " + other,
        limit,
        "×",
        figures -> figures.ratio(Drain.metric("Lastly", workers), Drain.metric(other, workers)));
  }

  private static void say(String what) {
    System.err.println("bench-fleet: " + what);
  }
}
