package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of {@code owners.lock}: deleted, replaced, opened by others. */
@Tag("os")
class LockFileFaultsTest {
  @TempDir Path base;

  private Path lockFile() {
    return base.resolve("deferred").resolve("owners.lock");
  }

  @Test
  void examine_lockFileOpenedAndClosedInTheOwner_aliveAndTheCauseIsLogged() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      scene.assertLeftAlone(sibling, id);
      assertThat(sibling.errors()).doesNotContain("lost its lock");
      owner.call("touch " + lockFile());
      Await.until("it is noticed", () -> sibling.errors().contains("lost its lock"));
      scene.assertLeftAlone(sibling, id);
      assertThat(sibling.errors())
          .containsOnlyOnce("owner 1 lives but has lost its lock")
          .contains("Code in its process has opened and closed " + lockFile());
      owner.kill();
      scene.assertInherited(sibling, id, "is gone");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"deleted", "replaced"})
  void examine_lockFileGone_aliveByIdentityNewOwnersWorkAndDeathIsSeen(String how)
      throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess older = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      older.call("open m " + base + " reap=50 allow=java.lang.Void");
      remove(how);
      scene.watch(sibling);
      scene.assertLeftAlone(older, id);
      scene.assertLeftAlone(sibling, id);
      sibling.call("job m new");
      sibling.call("defer new log %s new".formatted(base.resolve("other")));
      assertThat(older.call("reap m")).isEqualTo("0");
      sibling.call("end new");
      assertThat(Files.readString(base.resolve("other"))).isEqualTo("new " + sibling.pid() + "\n");
      older.call("close m");
      owner.kill();
      scene.assertInherited(sibling, id, "the lock file is not the one it registered with");
    }
  }

  /** Without both witnesses the verdict is UNKNOWN: no owner acts, and the operator is told. */
  @ParameterizedTest
  @ValueSource(strings = {"alive", "dead"})
  void examine_foreignNamespaceAndLockFileReplaced_unknownLeftAloneAndLoggedOnce(String owners)
      throws Exception {
    Scene scene = new Scene(base);
    WorkerProcess.Launcher container =
        WorkerProcess.launcher().under(Shell.pidNamespace()).with("-XX:-UsePerfData");
    try (WorkerProcess owner = container.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      remove("replaced");
      if (owners.equals("dead")) {
        owner.killWithProgram();
      }
      scene.watch(sibling);
      scene.assertLeftAlone(sibling, id);
      assertThat(sibling.errors())
          .containsOnlyOnce("cannot tell whether owner 1 is alive or dead")
          .containsPattern(
              Pattern.quote(": the lock file is not the one it registered with; process 1 ")
                  + ".* belongs to pid namespace pid:\\[");
      if (owners.equals("alive")) {
        scene.assertRunsItself(owner);
      } else {
        Database.edit(
            Database.file(base),
            "UPDATE owner SET closed_at = 1, end_reason = 'forced', evidence = 'a test: I killed"
                + " it' WHERE id = 1 AND closed_at IS NULL");
        Await.until("it is taken over", () -> !scene.ledger().tags().isEmpty());
      }
    }
  }

  private void remove(String how) throws Exception {
    if (how.equals("replaced")) {
      Path another = Files.createFile(lockFile().resolveSibling("another"));
      Files.move(another, lockFile(), StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(lockFile());
    }
  }
}
