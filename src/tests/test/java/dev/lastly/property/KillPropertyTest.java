package dev.lastly.property;

import dev.lastly.support.ChildJvm;
import dev.lastly.testkit.StoreInvariants;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;
import org.assertj.core.api.SoftAssertions;

/**
 * The promises hold for real processes, killed at random moments, by receipts outside the database.
 */
@Tag("campaign")
@Label("killed JVMs")
class KillPropertyTest {
  private static final int WORKERS = 3;
  private static final int KILLS = 6;

  // A moment of a real run does not come again, so there is nothing to shrink.
  @Property(tries = 5, edgeCases = EdgeCasesMode.NONE, shrinking = ShrinkingMode.OFF)
  void workers_killedAtRandom_everyReceiptIsHonoured(
      @ForAll @Size(KILLS) List<@IntRange(max = 500) Integer> delays, @ForAll int seed)
      throws Exception {
    Path base = Files.createTempDirectory("lastly-kill");
    Files.createDirectory(base.resolve("ledger"));
    Files.createDirectory(base.resolve("receipts"));
    Path database = base.resolve("deferred").resolve("deferred.db");
    List<Process> living = new ArrayList<>();
    try {
      int next = seed;
      for (int delay : delays) {
        while (living.size() < WORKERS) {
          living.add(start(base, Integer.toString(next++)));
        }
        Process victim = living.remove(0);
        requireReady(victim);
        boolean ended = victim.waitFor(delay, TimeUnit.MILLISECONDS); // the random moment
        if (ended) {
          throw new AssertionError("a worker ended by itself with " + victim.exitValue());
        }
        kill(victim);
        StoreInvariants.all().check(database);
      }
      living.forEach(KillPropertyTest::kill);
      recover(base, database);
      StoreInvariants.all().check(database);
      requireReceipts(base, database);
      Template.delete(base);
    } finally {
      living.forEach(Process::destroyForcibly);
    }
  }

  private static Process start(Path base, String what) throws IOException {
    List<String> command =
        ChildJvm.command("-Dorg.slf4j.simpleLogger.logFile=" + base.resolve("log"));
    command.addAll(List.of(LedgerWorker.class.getName(), base.toString(), what));
    return new ProcessBuilder(command).redirectError(base.resolve("errors").toFile()).start();
  }

  private static void requireReady(Process worker) throws IOException {
    String line = worker.inputReader().readLine(); // null if it died, which its errors explain
    if (!"ready".equals(line)) {
      throw new AssertionError("a worker did not start: " + line);
    }
  }

  private static void kill(Process process) {
    process.destroyForcibly().onExit().join(); // reaped by us: from here on it is no zombie either
  }

  private static void recover(Path base, Path database) throws Exception {
    for (int i = 0; i < 20; i++) {
      Process last = start(base, "reap");
      requireReady(last);
      if (!last.waitFor(30, TimeUnit.SECONDS)) {
        kill(last);
        throw new AssertionError("the last reaper hangs");
      }
      if (count(database, "(state = 'deferred' OR state = 'running' OR state = 'retry_wait')")
          == 0) {
        return;
      }
    }
    throw new AssertionError("P3: functions are left after 20 reapers");
  }

  private static long count(Path database, String where) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT count(*) FROM deferred_function WHERE " + where)) {
      return row.getLong(1);
    }
  }

  private static void requireReceipts(Path base, Path database) throws Exception {
    SoftAssertions all = new SoftAssertions();
    List<String> receipts = lines(base.resolve("receipts"));
    for (String receipt : receipts) {
      String key = receipt.substring(receipt.indexOf(' ') + 1);
      Path file = base.resolve("ledger").resolve(key);
      List<String> ledger = Files.exists(file) ? Files.readAllLines(file) : List.of();
      boolean ran = ledger.stream().anyMatch(line -> line.startsWith("end "));
      if (receipt.startsWith("cancelled ")) {
        all.assertThat(ledger).as("%s is cancelled and runs", key).isEmpty();
      } else if (receipt.startsWith("deferred ") && !receipts.contains("cancelling " + key)) {
        all.assertThat(ran).as("P1, P3: %s has run; its ledger: %s", key, ledger).isTrue();
      }
    }
    List<String> ledger = lines(base.resolve("ledger"));
    all.assertThat(ledger).as("P2").noneMatch(l -> l.startsWith("EARLY") || l.startsWith("BESIDE"));
    all.assertThat(count(database, "state = 'quarantined'")).as("quarantined").isZero();
    // P4: only what a kill cut off is repeated: one function for each thread that runs some.
    long begun = ledger.stream().filter(l -> l.startsWith("begin ")).count();
    long functions = count(database, "attempts > 0");
    all.assertThat(begun - functions)
        .as("P4: repeated")
        .isLessThanOrEqualTo(2L * (KILLS + WORKERS));
    all.assertAll();
    Statistics.label("receipts").collect(receipts.size() / 20 * 20 + "…");
    Statistics.label("cut off")
        .collect(
            ledger.stream().filter(l -> l.startsWith("begin")).count()
                    > ledger.stream().filter(l -> l.startsWith("end")).count()
                ? "some"
                : "none");
  }

  private static List<String> lines(Path directory) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    return lines;
  }
}
