package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P9: what a process cannot run as it was registered, it leaves to one that can. */
class UnresolvableTest {
  private static final String[] C_LOCALE = {"env", "LC_ALL=C"};

  @TempDir Path base;

  private static WorkerProcess inLocale(String... command) throws Exception {
    return WorkerProcess.launcher().under(command).start();
  }

  private Path directory(String name) throws Exception {
    return Files.createDirectories(base.resolve("scratch").resolve(name));
  }

  private List<String> rows(String sql) throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows(sql);
    }
  }

  @Test
  void reaperWhoseLocaleCannotSpellAnArgument_leavesTheRowAndItsNeighbour() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    Path command = directory("cmd-\u00fc");
    Path tree = directory("tree-\u00fc");
    Path ascii = directory("ascii");
    Path other = directory("cmd-?"); // what the C locale makes of the first
    directory("tree-?");
    try (WorkerProcess worker = inLocale("env", "LC_ALL=C.UTF-8");
        WorkerProcess cron = inLocale(C_LOCALE);
        WorkerProcess sibling = inLocale("env", "LC_ALL=C.UTF-8")) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("command j rm -rf " + command);
      worker.call("tree j " + tree);
      worker.call("tree j " + ascii);
      worker.call("defer j log %s tag-\u00fc".formatted(ledger.file())); // a text may be a path
      worker.kill();
      cron.call("open m " + base + " reap=0");
      assertThat(cron.call("reap m")).isEqualTo("1");
      assertThat(cron.call("reap m")).isEqualTo("0");
      assertThat(ascii).doesNotExist();
      assertThat(List.of(command, tree, other, tree.resolveSibling("tree-?")))
          .allSatisfy(path -> assertThat(path).exists());
      assertThat(rows("SELECT state, attempts, unresolvable FROM orphaned_function"))
          .hasSize(3)
          .allSatisfy(row -> assertThat(row).startsWith("deferred|0|").contains("LC_ALL=C.UTF-8"));
      sibling.call("open m " + base + " reap=0");
      assertThat(sibling.call("reap m")).isEqualTo("3");
      assertThat(command).doesNotExist();
      assertThat(tree).doesNotExist();
      assertThat(other).exists();
      assertThat(ledger.tags()).containsExactly("tag-\u00fc");
      assertThat(rows("SELECT DISTINCT state, attempts, last_error FROM deferred_function"))
          .containsExactly("done|1|null");
    }
  }

  @Test
  void rowOfAForeignWriter_thatSaysItsCharactersAsEscapes_isLeftAlike() throws Exception {
    Path tree = directory("tree-\u00fc");
    Path stand = directory("tree-x");
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess cron = inLocale(C_LOCALE)) {
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("tree j " + stand);
      worker.kill();
      Database.edit(
          Database.file(base),
          "DROP TRIGGER function_call_is_fixed",
          "UPDATE deferred_function SET checksum = NULL,"
              + " arguments = replace(arguments, 'tree-x', 'tree-\\u00fc')");
      cron.call("open m " + base + " reap=0");
      assertThat(cron.call("reap m")).isEqualTo("0");
      assertThat(rows("SELECT state, attempts FROM orphaned_function"))
          .containsExactly("deferred|0");
      assertThat(tree).exists();
    }
  }

  private static final String RECORD_OF =
      """
      package release;
      import dev.lastly.JobContext;
      import dev.lastly.support.Actions;
      import dev.lastly.support.Worker;
      import java.nio.file.Path;
      public final class Release implements Worker.Plugin {
        public record Lease(Path ledger, String tag%s) {}
        public static void run(Lease lease) throws Exception {
          Actions.log(lease.ledger(), lease.tag());
        }
        @Override
        public void defer(JobContext job, Path ledger, String tag) {
          job.defer(Release::run, new Lease(ledger, tag%s));
        }
      }
      """;

  @Test
  void argumentsThatOnlyTheOldReleaseCanDecode_waitForIt() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    Path one = compile("one", RECORD_OF.formatted("", ""));
    Path two = compile("two", RECORD_OF.formatted(", int priority", ", 1"));
    try (WorkerProcess old = WorkerProcess.launcher().classes(one).start();
        WorkerProcess rolled = WorkerProcess.launcher().classes(two).start();
        WorkerProcess remaining = WorkerProcess.launcher().classes(one).start()) {
      old.call("open m " + base + " reap=0");
      old.call("job m j");
      old.call("plugin j release.Release %s lease".formatted(ledger.file()));
      old.call("defer j log %s plain".formatted(ledger.file()));
      old.kill();
      rolled.call("open m " + base + " reap=0");
      assertThat(rolled.call("reap m")).isEqualTo("1");
      assertThat(rolled.call("reap m")).isEqualTo("0");
      assertThat(ledger.tags()).containsExactly("plain");
      assertThat(rows("SELECT state, attempts, owner_id, unresolvable FROM orphaned_function"))
          .singleElement()
          .asString()
          .startsWith("deferred|0|1|")
          .contains("release.Release#run cannot be read as release.Release$Lease");
      remaining.call("open m " + base + " reap=0");
      assertThat(remaining.call("reap m")).isEqualTo("1");
      assertThat(ledger.tags()).containsExactly("plain", "lease");
    }
  }

  private static final String FATAL =
      """
      package release;
      import dev.lastly.JobContext;
      import dev.lastly.support.Actions;
      import dev.lastly.support.Worker;
      import java.nio.file.Path;
      public final class Release implements Worker.Plugin {
        public record Lease(Path ledger, String tag) {
          public Lease {
            if (tag.equals(System.getProperty("lastly.fatal"))) {
              Runtime.getRuntime().halt(9);
            }
          }
        }
        public static void run(Lease lease) throws Exception {
          Actions.log(lease.ledger(), lease.tag());
        }
        @Override
        public void defer(JobContext job, Path ledger, String tag) {
          job.defer(Release::run, new Lease(ledger, tag));
        }
      }
      """;

  @Test
  void argumentThatKillsItsDecoder_isCountedAndStopsNoOther() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    Path classes = compile("one", FATAL);
    try (WorkerProcess victim = WorkerProcess.launcher().classes(classes).start()) {
      victim.call("open m " + base + " reap=0 attempts=2");
      for (String tag : List.of("before", "poison", "after")) {
        victim.call("job m j");
        victim.call("plugin j release.Release %s %s".formatted(ledger.file(), tag));
      }
      victim.kill();
    }
    int deaths = 0;
    for (String state = ""; !state.equals("quarantined"); deaths++) {
      assertThat(deaths).isLessThan(8);
      try (WorkerProcess reaper =
          WorkerProcess.launcher().with("-Dlastly.fatal=poison").classes(classes).start()) {
        reaper.call("open m " + base + " reap=0 backoff=0");
        reaper.send("reap m");
        Await.until(
            "it has reaped, or died of it",
            () ->
                reaper.hasAnswered() || !Files.exists(Path.of("/proc/" + reaper.pid() + "/stat")));
      }
      state = rows("SELECT state FROM deferred_function WHERE arguments LIKE '%poison%'").get(0);
    }
    assertThat(ledger.tags()).containsExactlyInAnyOrder("before", "after");
    assertThat(rows("SELECT outcome FROM function_attempt WHERE outcome <> 'returned'"))
        .containsExactly("crashed", "crashed");
  }

  @Test
  void functionThatRefusesThisProcessWhileItRuns_isGivenBackAndUsesUpNoAttempt() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess unable = WorkerProcess.start();
        WorkerProcess able = WorkerProcess.launcher().with("-Dlastly.able=true").start()) {
      victim.call("open m " + base + " reap=0 attempts=1");
      victim.call("job m j");
      victim.call("defer j able %s a".formatted(ledger.file()));
      victim.call("defer j log %s b".formatted(ledger.file()));
      victim.kill();
      unable.call("open m " + base + " reap=0 backoff=1");
      assertThat(unable.call("reap m")).isEqualTo("2");
      assertThat(
              rows(
                  "SELECT f.state, f.owner_id, f.claim_no, o.unresolvable"
                      + " FROM orphaned_function o JOIN deferred_function f USING (id)"))
          .singleElement()
          .asString()
          .startsWith("retry_wait|1|2|")
          .contains("only a process with lastly.able");
      able.call("open m " + base + " reap=0");
      Await.until(
          "it is done",
          () -> {
            able.call("reap m");
            return ledger.tags().contains("a");
          });
      assertThat(rows("SELECT state, attempts <= max_attempts, last_error FROM deferred_function"))
          .containsExactly("done|1|null", "done|1|null");
      assertThat(
              rows(
                  "SELECT outcome FROM function_attempt WHERE function_id = 1 AND outcome <>"
                      + " 'unresolvable'"))
          .containsExactly("returned");
      assertThat(
              rows(
                  "SELECT verdict, from_owner, to_owner FROM function_claim WHERE function_id = 1"
                      + " AND claim_no <= 2 ORDER BY claim_no"))
          .containsExactly("DEAD|1|2", "RELEASED|2|1");
      able.call("close m");
      unable.call("close m");
    }
  }

  @Test
  void ownFunctionThatThisProcessCannotRun_waitsUnusedAndIsRunByAnother() throws Exception {
    Path scratch = directory("long-lived");
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess inside = inLocale("env", "-C", scratch.toString());
        WorkerProcess other = WorkerProcess.start()) {
      inside.call("open m " + base + " reap=20 attempts=2 backoff=1");
      inside.call("job m j");
      inside.call("tree j " + scratch);
      inside.call("defer j log %s neighbour".formatted(ledger.file()));
      inside.call("end j");
      assertThat(ledger.tags()).containsExactly("neighbour");
      Await.until(
          "it has been postponed more often than it has attempts",
          () -> {
            inside.call("job m other");
            inside.call("end other");
            return inside.errors().split("cannot be run by this process", -1).length > 5;
          });
      assertThat(rows("SELECT state, attempts, max_attempts, unresolvable FROM pending_function"))
          .singleElement()
          .asString()
          .startsWith("retry_wait|0|2|")
          .contains("working directory");
      assertThat(rows("SELECT count(*) FROM function_attempt WHERE function_id = 1"))
          .containsExactly("0");
      inside.call("close m");
      other.call("open m " + base + " reap=20");
      Await.until("the tree is gone", () -> !Files.exists(scratch));
      Await.until(
          "it is done",
          () ->
              rows("SELECT state, attempts FROM deferred_function WHERE id = 1")
                  .equals(List.of("done|1")));
    }
  }

  @Test
  void orphanThatIsLeft_isRunWhenThisProcessCan_thoughNothingIsCommittedMeanwhile()
      throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess reaper = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      victim.call("job m j");
      victim.call("defer j needy %s a".formatted(ledger.file()));
      reaper.call("open m " + base + " reap=20");
      victim.kill();
      Await.until(
          "it is left, with the reason",
          () ->
              rows("SELECT state, attempts, unresolvable FROM orphaned_function")
                  .equals(List.of("deferred|0|there is no a.need here")));
      Files.createFile(base.resolve("a.need"));
      Await.until("it is run", () -> ledger.tags().contains("a"));
    }
  }

  @Test
  void damagedRow_isQuarantinedByTheFirstThatLooks() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess reaper = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      victim.call("job m j");
      victim.call("defer j log %s a".formatted(ledger.file()));
      victim.kill();
      Database.edit(
          Database.file(base),
          "DROP TRIGGER function_call_is_fixed",
          "UPDATE deferred_function SET arguments = '[17]'");
      reaper.call("open m " + base + " reap=0");
      reaper.call("reap m");
      assertThat(rows("SELECT state FROM deferred_function")).containsExactly("quarantined");
      assertThat(rows("SELECT outcome FROM function_attempt")).containsExactly("undecodable");
    }
  }

  /** Damaged code is quarantined as a damaged row is; without any, a row waits with the reason. */
  @Test
  void codeThatIsDamagedOrIsNotThere_isNotRunAndNeighboursAre() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess reaper = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      victim.call("job m j");
      victim.call("defer j needy %s a".formatted(ledger.file()));
      victim.call("defer j able %s b".formatted(ledger.file()));
      victim.call("defer j log %s c".formatted(ledger.file()));
      victim.kill();
      Database.edit(
          Database.file(base),
          "DROP TRIGGER function_call_is_fixed",
          "DROP TRIGGER code_is_fixed",
          "UPDATE deferred_function SET code_id = 4711 WHERE id = 1",
          "UPDATE code SET name = 'x' WHERE id = 2");
      reaper.call("open m " + base + " reap=0");
      reaper.call("reap m");
      assertThat(ledger.tags()).containsExactly("c");
      assertThat(rows("SELECT id, state FROM deferred_function ORDER BY id"))
          .containsExactly("1|deferred", "2|quarantined", "3|done");
      assertThat(rows("SELECT outcome FROM attempt")).containsExactly("undecodable");
      assertThat(rows("SELECT unresolvable FROM orphaned_function"))
          .singleElement()
          .asString()
          .contains("not a function reference");
    }
  }

  private Path compile(String name, String source) throws Exception {
    Path file = base.resolve(name).resolve("release").resolve("Release.java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    Path classes = Files.createDirectory(base.resolve(name + "-classes"));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-parameters",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                classes.toString(),
                file.toString());
    assertThat(result).isZero();
    return classes;
  }
}
