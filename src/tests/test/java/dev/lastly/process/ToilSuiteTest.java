package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The situations of Toil's own tests of its deferred functions. */
class ToilSuiteTest {
  @TempDir Path base;

  @ParameterizedTest
  @ValueSource(strings = {"method", "static", "lambda"})
  void defer_eachKindOfFunction_deletesItsTwoFilesAtTheEndOfTheJob(String kind) throws Exception {
    List<Path> files = files("a", "b");
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("files j %s %s %s".formatted(kind, files.get(0), files.get(1)));
      assertThat(files).allMatch(Files::exists);
      worker.call("end j");
      assertThat(files).noneMatch(Files::exists);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"method", "static", "lambda"})
  void defer_workerKilled_eachKindOfFunctionIsRunByASibling(String kind) throws Exception {
    List<Path> files = files("a", "b");
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("files j %s %s %s".formatted(kind, files.get(0), files.get(1)));
      worker.kill();
      assertThat(files).allMatch(Files::exists);
      sibling.call("open m " + base);
      sibling.call("job m j");
      assertThat(files).noneMatch(Files::exists);
    }
  }

  @Test
  void retryOfAKilledJob_firstFunctionFails_othersRunAllTheSame() throws Exception {
    List<Path> files = files("a", "b", "c", "d", "e", "f");
    try (WorkerProcess first = WorkerProcess.start();
        WorkerProcess retry = WorkerProcess.start()) {
      first.call("open m " + base);
      first.call("job m j");
      first.call("files j method %s %s".formatted(files.get(0), files.get(1)));
      first.call("files j static %s %s".formatted(files.get(2), files.get(3)));
      first.call("files j lambda %s %s".formatted(files.get(4), files.get(5)));
      Files.delete(files.get(4)); // the newest, which runs first
      first.kill();
      retry.call("open m " + base + " reap=0");
      retry.call("job m j");
      assertThat(files.subList(0, 4)).noneMatch(Files::exists);
      assertThat(files.get(5)).exists();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, attempts FROM deferred_function ORDER BY id"))
            .containsExactly("done|1", "done|1", "retry_wait|1");
        assertThat(db.text("SELECT last_error FROM pending_function"))
            .contains("NoSuchFileException");
      }
    }
  }

  @Test
  void newJob_siblingWasKilledInItsJob_cleansUpBeforeItsOwnWork() throws Exception {
    List<Path> dead = files("a", "b");
    List<Path> own = files("c", "d");
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      sibling.call("open m " + base + " reap=0");
      sibling.call("job m before");
      sibling.call("files before static %s %s".formatted(own.get(0), own.get(1)));
      victim.call("open m " + base);
      victim.call("job m j");
      victim.call("files j lambda %s %s".formatted(dead.get(0), dead.get(1)));
      victim.kill();
      sibling.call("job m after");
      assertThat(dead).noneMatch(Files::exists);
      assertThat(own).allMatch(Files::exists);
      sibling.call("end before");
      assertThat(own).noneMatch(Files::exists);
    }
  }

  /**
   * Toil's own test wants the directory to be gone afterwards. Here nothing is deleted: a process
   * that has the database open would go on in a file without a name, and the last process that
   * closes a SQLite database removes the write-ahead log by its name, whose it may be by then.
   */
  @Test
  void cleanupWorker_onlyWorkerWasKilled_cleansUpAndKeepsTheDatabase() throws Exception {
    List<Path> files = files("a", "b", "c", "d");
    try (WorkerProcess worker = WorkerProcess.start();
        WorkerProcess last = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("files j method %s %s".formatted(files.get(0), files.get(1)));
      worker.call("files j lambda %s %s".formatted(files.get(2), files.get(3)));
      worker.kill();
      Path elsewhere = Files.createDirectory(base.resolve("elsewhere"));
      last.call("cleanup " + elsewhere); // nothing is there: nothing is done, and nothing is made
      assertThat(elsewhere).isEmptyDirectory();
      last.call("cleanup " + base);
      assertThat(files).noneMatch(Files::exists);
      assertThat(base.resolve("deferred/owners.lock")).exists();
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT DISTINCT state FROM deferred_function")).containsExactly("done");
        assertThat(db.rows("SELECT id FROM owner WHERE closed_at IS NULL")).isEmpty();
      }
      last.call("open m " + base);
      last.call("close m");
    }
  }

  @Test
  void cleanupWorker_somethingIsLeft_leavesItAlone() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess living = WorkerProcess.start();
        WorkerProcess last = WorkerProcess.start()) {
      living.call("open m " + base + " reap=0 attempts=2 backoff=60000");
      last.call("cleanup " + base);
      assertThat(living.call("reap m")).as("an owner lives").isEqualTo("0");

      living.call("job m j");
      living.call("defer j log %s alive".formatted(ledger.file()));
      last.call("cleanup " + base);
      assertThat(ledger.tags()).as("a living owner has a function").isEmpty();

      living.call("defer j fail %s fails".formatted(ledger.file()));
      living.kill();
      last.call("open m " + base + " reap=0 backoff=60000");
      last.call("reap m");
      last.call("close m");
      last.call("cleanup " + base);
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).as("a retry waits").contains("fails|retry_wait|1");
      }

      last.call("open m " + base + " reap=0 backoff=0");
      Database.edit(
          Database.file(base),
          "UPDATE deferred_function SET not_before = 1 WHERE state = 'retry_wait'");
      last.call("reap m");
      last.call("close m");
      last.call("cleanup " + base);
      try (Database db = Database.read(base)) {
        assertThat(db.functions()).as("a row is quarantined").contains("fails|quarantined|2");
      }
      assertThat(ledger.tags()).containsExactly("fails", "alive", "fails");
    }
  }

  private List<Path> files(String... names) throws Exception {
    List<Path> files = new ArrayList<>();
    for (String name : names) {
      files.add(Files.createFile(base.resolve(name)));
    }
    return files;
  }
}
