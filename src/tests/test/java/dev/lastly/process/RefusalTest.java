package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories and files that Lastly refuses to use. */
class RefusalTest {
  @TempDir Path base;

  @Test
  void databaseOfANewerVersion_isRefusedAndLeftAsItIs() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("close m");
      String version;
      try (Database db = Database.read(base)) {
        version = db.text("PRAGMA user_version");
      }
      Database.edit(Database.file(base), "PRAGMA user_version = 99");
      assertUntouched(
          worker,
          "StoreException: "
              + Database.file(base).toRealPath()
              + " has schema version 99; this Lastly knows versions up to "
              + version
              + ", and a newer release has migrated the database. Nothing was changed.");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, -1})
  void databaseOfAnotherProgram_isRefusedAndLeftAsItIs(int userVersion) throws Exception {
    Files.createDirectories(Database.file(base).getParent());
    Database.edit(
        Database.file(base),
        "CREATE TABLE precious (x)",
        "INSERT INTO precious VALUES ('mine')",
        "PRAGMA user_version = " + userVersion);
    try (WorkerProcess worker = WorkerProcess.start()) {
      assertUntouched(
          worker,
          "StoreException: "
              + Database.file(base).toRealPath()
              + " is a database of another program. Nothing was changed.");
    }
    try (Database db = Database.read(base)) {
      assertThat(db.text("SELECT x FROM precious")).isEqualTo("mine");
    }
  }

  @Test
  void damagedFile_isRefusedWithAnErrorThatSaysSo() throws Exception {
    Files.createDirectories(Database.file(base).getParent());
    Files.writeString(Database.file(base), "this is not a database, ".repeat(500));
    try (WorkerProcess worker = WorkerProcess.start()) {
      String message =
          assertUntouched(
              worker, "DamagedStoreException: cannot read the version of the schema in ");
      assertThat(message)
          .contains("the file is damaged: get out what can be read: lastly doctor --salvage");
    }
  }

  @Test
  void directoryOpenToOthers_isRefusedUnlessAListSaysWhatMayBeCalled() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess victim = WorkerProcess.start();
        WorkerProcess worker = WorkerProcess.start()) {
      victim.call("open m " + base + " reap=0");
      victim.call("job m j");
      victim.call("defer j log %s allowed".formatted(ledger.file()));
      victim.call("defer j planted %s planted".formatted(ledger.file()));
      victim.kill();
      Path directory = base.resolve("deferred");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
      assertThat(worker.refused("open m " + base))
          .startsWith("StateDirectoryException: " + directory.toRealPath() + " is not private: ")
          .contains("rwxrwxrwx", "chmod go-w", "FunctionPolicy.allowList()");
      assertThat(worker.refused("cleanup " + base)).startsWith("StateDirectoryException: ");
      assertThat(ledger.tags()).isEmpty();

      worker.call("open m " + base + " reap=0 allow=dev.lastly.support.Actions");
      assertThat(worker.call("reap m")).isEqualTo("1");
      assertThat(worker.call("reap m")).isEqualTo("0");
      worker.call("job m j");
      assertThat(worker.refused("defer j planted %s own".formatted(ledger.file())))
          .startsWith("FunctionRefusedException: ")
          .contains("the policy of this process does not allow it");
      worker.call("close m");
      assertThat(ledger.tags()).containsExactly("allowed");
      try (Database db = Database.read(base)) {
        assertThat(db.text("SELECT state || attempts || unresolvable FROM orphaned_function"))
            .startsWith("deferred0")
            .contains("the policy of this process does not allow it");
      }
    }
  }

  private String assertUntouched(WorkerProcess worker, String message) throws Exception {
    String before = digest();
    String refusal = worker.refused("open m " + base);
    assertThat(refusal).startsWith(message);
    assertThat(digest()).isEqualTo(before);
    return refusal;
  }

  /** By another process: nothing in this JVM may close a descriptor of the file. */
  private String digest() throws Exception {
    Process process = new ProcessBuilder("sha256sum", Database.file(base).toString()).start();
    try (var out = process.inputReader()) {
      return out.readLine();
    }
  }
}
