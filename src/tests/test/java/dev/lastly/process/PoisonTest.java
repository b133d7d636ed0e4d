package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P6: a bad function harms no other. */
class PoisonTest {
  private static final String ABSENT =
      """
      package absent;
      public class Absent implements dev.lastly.support.Worker.Plugin {
        public static void run(java.nio.file.Path ledger, String tag) throws java.io.IOException {
          dev.lastly.support.Ledger.append(ledger, tag);
        }
        @Override
        public void defer(dev.lastly.JobContext job, java.nio.file.Path ledger, String tag) {
          job.defer(Absent::run, ledger, tag);
        }
      }
      """;

  @TempDir Path base;

  @Test
  void functionThatHalts_isQuarantinedAfterItsAttemptsAndItsNeighboursRun() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    String options = " reap=0 attempts=3 backoff=0";
    try (WorkerProcess.Group workers = WorkerProcess.start(4)) {
      WorkerProcess first = workers.get(0);
      first.call("open m " + base + options);
      first.call("job m j");
      first.call("defer j log %s oldest".formatted(ledger.file()));
      first.call("defer j halt %s halt".formatted(ledger.file()));
      first.call("defer j log %s newest".formatted(ledger.file()));
      first.send("end j");
      assertThat(first.awaitExit(Duration.ofSeconds(20))).isEqualTo(9);
      for (int i = 1; i < 3; i++) {
        WorkerProcess next = workers.get(i);
        next.call("open m " + base + options);
        next.send("reap m");
        assertThat(next.awaitExit(Duration.ofSeconds(20))).isEqualTo(9);
      }
      WorkerProcess last = workers.get(3);
      last.call("open m " + base + options);
      last.call("reap m");
      last.call("reap m");
      assertThat(ledger.counts()).isEqualTo(Map.of("newest", 1, "halt", 3, "oldest", 1));
      assertThat(new TreeSet<>(ledger.pidsOf("halt"))).hasSize(3);
      try (Database db = Database.read(base)) {
        assertThat(db.functions())
            .containsExactly("oldest|done|1", "halt|quarantined|3", "newest|done|1");
        assertThat(db.rows("SELECT number, outcome FROM function_attempt WHERE function_id = 2"))
            .containsExactly("1|crashed", "2|crashed", "3|crashed");
        assertThat(db.text("SELECT last_error FROM quarantined_function"))
            .startsWith("the process died during attempt 3: lock byte");
      }
    }
  }

  /** First attempts of many share a commit: who dies in the middle has begun all of them. */
  @Test
  void functionThatHaltsAmongMany_isTheOnlyOneThatIsQuarantined() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess.Group workers = WorkerProcess.start(4)) {
      String options = " reap=0 attempts=3 backoff=0";
      deferAroundPoison(workers.get(0), options, ledger, "many");
      workers.get(0).send("end many");
      assertThat(workers.get(0).awaitExit(Duration.ofSeconds(20))).isEqualTo(9);
      try (Database db = Database.read(base)) {
        assertThat(
                db.number(
                    "SELECT max(n) FROM (SELECT count(*) AS n FROM function_attempt"
                        + " WHERE outcome IS NULL GROUP BY started_at)"))
            .as("more than one had begun")
            .isGreaterThan(1);
      }
      recover(workers, options);
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, count(*) FROM deferred_function GROUP BY 1"))
            .containsExactly("done|100", "quarantined|1");
        assertThat(db.number("SELECT max(attempts) FROM deferred_function WHERE state = 'done'"))
            .isLessThanOrEqualTo(2);
      }
      assertThat(ledger.counts()).hasSize(101).containsEntry("halt", 3);
    }
  }

  /** An innocent function with a single attempt would be quarantined without ever having run. */
  @Test
  void functionThatHaltsAmongManyOfOneAttempt_costsNoOtherItsAttempt() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess.Group workers = WorkerProcess.start(4)) {
      String options = " reap=0 attempts=1 backoff=0";
      deferAroundPoison(workers.get(0), options, ledger, "many");
      workers.get(0).send("end many");
      assertThat(workers.get(0).awaitExit(Duration.ofSeconds(20))).isEqualTo(9);
      WorkerProcess last = workers.get(3);
      last.call("open m " + base + options);
      last.call("reap m");
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, attempts, count(*) FROM deferred_function GROUP BY 1, 2"))
            .containsExactly("done|1|100", "quarantined|1|1");
      }
      assertThat(ledger.counts()).hasSize(101).allSatisfy((tag, n) -> assertThat(n).isOne());
    }
  }

  private void deferAroundPoison(WorkerProcess worker, String options, Ledger ledger, String job)
      throws Exception {
    worker.call("open m " + base + options);
    worker.call("job m " + job);
    for (int i = 0; i < 50; i++) {
      worker.call("defer %s log %s old%d".formatted(job, ledger.file(), i));
    }
    worker.call("defer %s halt %s halt".formatted(job, ledger.file()));
    for (int i = 0; i < 50; i++) {
      worker.call("defer %s log %s new%d".formatted(job, ledger.file(), i));
    }
  }

  /** Two more die of the poison; the last one finds it quarantined. */
  private void recover(WorkerProcess.Group workers, String options) throws Exception {
    for (int i = 1; i < 3; i++) {
      WorkerProcess next = workers.get(i);
      next.call("open m " + base + options);
      next.send("reap m");
      assertThat(next.awaitExit(Duration.ofSeconds(20))).isEqualTo(9);
    }
    WorkerProcess last = workers.get(3);
    last.call("open m " + base + options);
    last.call("reap m");
    last.call("reap m");
  }

  @Test
  void functionThatThrows_isRetriedWithBackoffThenQuarantinedAndLaterOnesRun() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " reap=20 attempts=3 backoff=200");
      worker.call("job m j");
      worker.call("defer j log %s oldest".formatted(ledger.file()));
      worker.call("defer j fail %s fail".formatted(ledger.file()));
      worker.call("end j");
      assertThat(ledger.tags()).containsExactly("fail", "oldest");
      try (Database db = Database.read(base)) {
        Await.until(
            "it is quarantined by the background reaper",
            () -> db.functions().contains("fail|quarantined|3"));
        assertThat(ledger.counts()).isEqualTo(Map.of("fail", 3, "oldest", 1));
        assertThat(
                db.rows(
                    "SELECT b.started_at - a.started_at >= 200 FROM function_attempt a JOIN"
                        + " function_attempt b ON b.function_id = a.function_id AND b.number ="
                        + " a.number + 1"))
            .containsExactly("1", "1");
        assertThat(db.text("SELECT last_error FROM quarantined_function"))
            .contains("planned failure of fail");
      }
    }
  }

  @Test
  void functionWhoseClassIsAbsent_waitsForAWorkerThatHasItAndIsShownMeanwhile() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    Path classes = compile("absent/Absent.java", ABSENT);
    try (WorkerProcess with = WorkerProcess.launcher().classes(classes).start();
        WorkerProcess without = WorkerProcess.start();
        WorkerProcess later = WorkerProcess.launcher().classes(classes).start()) {
      with.call("open m " + base + " reap=0");
      with.call("job m j");
      with.call("plugin j absent.Absent %s absent".formatted(ledger.file()));
      with.call("defer j log %s present".formatted(ledger.file()));
      with.kill();
      without.call("open m " + base + " reap=0");
      assertThat(without.call("reap m")).isEqualTo("1");
      assertThat(without.call("reap m")).isEqualTo("0");
      assertThat(ledger.tags()).containsExactly("present");
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, attempts, owner_id, unresolvable FROM orphaned_function"))
            .singleElement()
            .asString()
            .startsWith("deferred|0|1|")
            .contains("absent.Absent#run cannot be called: its class is not on the class path");
      }
      later.call("open m " + base + " reap=0");
      assertThat(later.call("reap m")).isEqualTo("1");
      assertThat(ledger.pidsOf("absent")).containsExactly(later.pid());
    }
  }

  @Test
  void rowsMadeByAHostileHand_harmNoOtherAndAreShown() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess reaper = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      for (String tag :
          List.of("a", "json", "b", "types", "c", "name", "d", "spent", "e", "uncounted")) {
        victim.call("job m j");
        victim.call("defer j log %s %s-neighbour".formatted(ledger.file(), tag));
        victim.call("defer j log %s %s".formatted(ledger.file(), tag));
      }
      victim.kill();
      hostile("json", "arguments = '{oops'");
      hostile("types", "arguments = '[{\"@class\":\"java.lang.Runtime\"}, 7]'");
      Database.edit(
          Database.file(base),
          "INSERT INTO code (name, function, origin) VALUES ('bad', 'no function '' \" \\ at all',"
              + " 'nowhere')");
      hostile("name", "code_id = (SELECT max(id) FROM code)");
      hostile("spent", "attempts = 10, state = 'retry_wait', not_before = 1");
      hostile("uncounted", "state = 'running'"); // running, and never attempted
      reaper.call("open m " + base + " reap=0");
      reaper.call("reap m");
      reaper.call("reap m");
      reaper.call("job m own");
      reaper.call("defer own log %s own".formatted(ledger.file()));
      reaper.call("end own");
      assertThat(new TreeSet<>(ledger.tags()))
          .contains(
              "a",
              "b",
              "c",
              "d",
              "e",
              "own",
              "uncounted",
              "uncounted-neighbour",
              "a-neighbour",
              "b-neighbour",
              "c-neighbour",
              "d-neighbour",
              "e-neighbour",
              "json-neighbour",
              "types-neighbour",
              "name-neighbour",
              "spent-neighbour")
          .doesNotContain("json", "types", "name", "spent");
      try (Database db = Database.read(base)) {
        assertThat(
                db.rows(
                    "SELECT state, last_error FROM deferred_function WHERE state <> 'done' ORDER BY"
                        + " id"))
            .hasSize(4)
            .satisfies(rows -> assertThat(rows.get(0)).startsWith("deferred|"))
            .satisfies(rows -> assertThat(rows.get(1)).startsWith("deferred|"))
            .satisfies(rows -> assertThat(rows.get(2)).startsWith("deferred|"))
            .satisfies(rows -> assertThat(rows.get(3)).startsWith("quarantined|"));
        // Another release might read them: a person, and no process, gives them up.
        assertThat(db.rows("SELECT unresolvable FROM orphaned_function ORDER BY id"))
            .hasSize(3)
            .satisfies(reasons -> assertThat(reasons.get(0)).contains("not a JSON array"))
            .satisfies(reasons -> assertThat(reasons.get(1)).contains("cannot be read"))
            .satisfies(reasons -> assertThat(reasons.get(2)).contains("no function"));
      }
    }
  }

  private void hostile(String tag, String change) throws SQLException {
    try (Database db = Database.read(base)) {
      assertThat(db.number("SELECT count(*) FROM deferred_function")).isEqualTo(20);
    }
    Database.edit(
        Database.file(base),
        "PRAGMA ignore_check_constraints = ON",
        "DROP TRIGGER IF EXISTS function_call_is_fixed",
        "DROP TRIGGER IF EXISTS function_changes_legally",
        ("UPDATE deferred_function SET checksum = NULL, %s"
                + " WHERE json_valid(arguments) AND arguments ->> '$[#-1]' = '%s'")
            .formatted(change, tag));
  }

  private Path compile(String name, String source) throws Exception {
    Path file = base.resolve("source").resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    Path classes = Files.createDirectory(base.resolve("classes"));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                file.toString());
    assertThat(result).isZero();
    return classes;
  }
}
