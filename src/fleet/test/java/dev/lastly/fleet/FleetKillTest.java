package dev.lastly.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.FleetLife.Ending;
import dev.lastly.fleet.FleetLife.Plan;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Ledger;
import dev.lastly.support.Sigkill;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kill -9 at every statement that a process sends to the fleet, before and after. Processes of one
 * node live one after the other, two side by side, and each recovers what the ones before have
 * left; another node recovers what the last one has. The ledger judges.
 */
final class FleetKillTest {
  private static final int KILLED = 128 + 9;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Parts of statements at which a process must have died, so that none is missed unseen. */
  private static final List<String> MUST =
      List.of(
          "before: commit() after: INSERT INTO @.owner ", // joins
          "after: WITH me AS ", // registers
          "after: UPDATE @.deferred_function SET state = 'cancelled'",
          "after: commit() after: UPDATE @.deferred_function SET state = 'cancelled'", // a job's
          "after: commit() after: UPDATE @.deferred_function SET state = 'running'", // begins
          "before: commit() after: UPDATE @.deferred_function SET state = 'done'",
          "before: commit() after: UPDATE @.deferred_function SET state = ?, not_before", // fails
          "after: WITH renewed AS ", // beats
          "before: commit() after: UPDATE @.owner SET confirmed_at", // tells of a death
          "before: commit() after: UPDATE @.deferred_function SET owner_id", // claims
          "after: commit() after: UPDATE @.deferred_function SET owner_id",
          "before: commit() after: UPDATE @.owner o SET left_orphans = false", // settles
          "after: commit() after: SELECT o.id FROM @.owner o WHERE o.left_orphans AND", // prunes
          "after: commit() after: UPDATE @.node n SET ended_at"); // leaves

  @TempDir private Path base;
  private final AtomicInteger lives = new AtomicInteger();

  @Test
  @Tag("fleet")
  @Timeout(300)
  void live_killedAtHalfOfTheCommits_whatWasAcknowledgedRunsAndNothingIsEarly() throws Exception {
    liveAndDie(false);
  }

  @Test
  @Tag("crash")
  @Timeout(900)
  void live_killedBeforeAndAfterEachStatement_whatWasAcknowledgedRunsAndNothingIsEarly()
      throws Exception {
    liveAndDie(true);
  }

  private void liveAndDie(boolean everySide) throws Exception {
    try (PostgresServer server = PostgresServer.start("fsync=off")) {
      long seed = Long.getLong("lastly.kill.seed", System.nanoTime());
      Plan plan = new Plan(base, server.port(), "killed", everySide, seed);
      Files.createDirectory(plan.struck());
      ExecutorService chains = Executors.newFixedThreadPool(2);
      try {
        Callable<Integer> chain = () -> chain(plan);
        int kills = 0;
        for (Future<Integer> one : chains.invokeAll(List.of(chain, chain))) {
          kills += one.get();
        }
        List<String> points = KillPoints.all(plan.struck());
        assertThat(kills).isEqualTo(points.size());
        System.out.printf(
            "killed at %d statements and commits of a fleet; -Dlastly.kill.seed=%d%n", kills, seed);
        if (everySide) {
          requireAll(points);
        }
      } finally {
        chains.shutdownNow();
      }
      assertThat(end(start(plan, Ending.DIE, "A"))).isEqualTo(KILLED);
      requireRecovered(server, plan);
      judge(new Ledger(plan.ledger()).entries());
    }
  }

  private static void requireAll(List<String> points) {
    List<String> texts = points.stream().map(point -> point.replace("killed.", "@.")).toList();
    assertThat(MUST)
        .allSatisfy(must -> assertThat(texts).as(must).anyMatch(text -> text.startsWith(must)));
  }

  /** Processes of node A one after the other, until one lives to the end. Returns how many died. */
  private int chain(Plan plan) throws Exception {
    for (int kills = 0; ; kills++) {
      int status = end(start(plan, Ending.CLOSE, "A"));
      if (status == 0) {
        return kills;
      }
      assertThat(status).isEqualTo(KILLED);
    }
  }

  private Process start(Plan plan, Ending ending, String machine) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command(Sigkill.OPTION));
    command.add(FleetLife.class.getName());
    command.addAll(plan.arguments(ending, machine, lives.incrementAndGet()));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(base.resolve("output").toFile()))
        .start();
  }

  /** Its status; if that is a failure of its own, the test fails with what the processes said. */
  private int end(Process process) throws Exception {
    if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("a process did not end: " + output());
    }
    if (process.exitValue() != 0 && process.exitValue() != KILLED) {
      throw new AssertionError("status " + process.exitValue() + ": " + output());
    }
    return process.exitValue();
  }

  private String output() throws Exception {
    String all = Files.readString(base.resolve("output"), UTF_8);
    return all.substring(Math.max(0, all.length() - 4_000));
  }

  /** Another node presumes the first one dead, then that returns, which proves it. */
  private void requireRecovered(PostgresServer server, Plan plan) throws Exception {
    List<Process> reapers = new ArrayList<>();
    try {
      for (String machine : List.of("B", "A")) {
        reapers.add(start(plan, Ending.REAP, machine));
        Await.until(
            "all has been cleaned up by node " + machine,
            PATIENCE, // many lives have left something
            () ->
                count(server, "unfinished_function") == 0
                    && (count(server, "unconfirmed_function") == 0) == machine.equals("A"));
      }
      for (Process reaper : reapers) {
        reaper.getOutputStream().close();
        assertThat(end(reaper)).isZero();
      }
    } finally {
      reapers.forEach(Process::destroyForcibly);
    }
    for (String none :
        List.of(
            "quarantined_function",
            "owner WHERE ended_at IS NULL",
            "node WHERE ended_at IS NULL")) {
      assertThat(count(server, none)).as(none).isZero();
    }
  }

  private static long count(PostgresServer server, String rows) throws SQLException {
    return Long.parseLong(server.sql("SELECT count(*) FROM killed." + rows));
  }

  private static void judge(List<Ledger.Entry> entries) {
    List<String> said = entries.stream().map(Ledger.Entry::tag).toList();
    Set<String> all = new TreeSet<>(said);
    assertThat(all).noneMatch(tag -> tag.startsWith("early/") || tag.startsWith("beside/"));
    for (String one : all) {
      if (one.startsWith("acknowledged/")) {
        String tag = one.substring("acknowledged/".length());
        String job = tag.substring(0, tag.lastIndexOf('.'));
        boolean undo = tag.endsWith(".undo");
        long runs = said.stream().filter(("run/" + tag)::equals).count();
        if (all.contains("cancelled/" + tag) || (undo && all.contains("committed/" + job))) {
          assertThat(runs).as("runs of %s, which was cancelled", tag).isZero();
        } else if (!all.contains("cancelling/" + tag)
            && !(undo && all.contains("committing/" + job))) {
          int least = tag.endsWith("throws-once") ? 2 : 1;
          assertThat(runs).as("runs of %s", tag).isGreaterThanOrEqualTo(least);
        }
      }
    }
    assertThat(all.stream().map(tag -> tag.replaceAll("[./].*", "")).collect(Collectors.toSet()))
        .as("each case has come up")
        .contains("cancelled", "committed", "run");
  }
}
