package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verdicts with reused pids, other namespaces, other boots and wrong clocks. */
@Tag("os")
class OwnerIdentityTest {
  @TempDir Path base;

  @Test
  void examine_pidUsedByAnotherProcess_dead() throws Exception {
    Path withPid = Shell.compile(base, "withpid.c");
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      owner.kill();
      String pid = Long.toString(owner.pid());
      Process other = new ProcessBuilder(withPid.toString(), pid, "sleep", "600").start();
      try {
        Path command = Path.of("/proc", pid, "comm");
        Await.until(
            "the pid is used again",
            () -> Files.exists(command) && Files.readString(command).equals("sleep\n"));
        scene.watch(sibling);
        scene.assertInherited(sibling, id, "process " + pid + " (start tick");
        assertThat(command).content().isEqualTo("sleep\n");
      } finally {
        other.destroyForcibly();
      }
    }
  }

  /** The same pid, and its owner is a worker: the old row is dead, the new one alive. */
  @Test
  void examine_pidUsedByAnotherWorker_deadAndTheNewOneAlive() throws Exception {
    Path withPid = Shell.compile(base, "withpid.c");
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      owner.kill();
      try (WorkerProcess heir =
          WorkerProcess.launcher().under(withPid.toString(), Long.toString(owner.pid())).start()) {
        assertThat(heir.pid()).isEqualTo(owner.pid());
        heir.call("open m " + base + " reap=0");
        scene.watch(sibling);
        scene.assertInherited(sibling, id, "is gone");
        heir.call("job m j");
        heir.call("defer j log %s mine".formatted(scene.ledger().file()));
        assertThat(sibling.call("reap m")).isEqualTo("0");
        heir.call("end j");
        assertThat(scene.ledger().pidsOf("mine")).containsExactly(heir.pid());
      }
    }
  }

  /** Two days apart, then two days apart the other way round. */
  @Test
  void examine_clocksApartAndJumping_verdictsUnchanged() throws Exception {
    Clocked ownerClock = Clocked.by(base, Duration.ofDays(1));
    Clocked siblingClock = Clocked.by(base, Duration.ofDays(-1));
    Scene scene = new Scene(base);
    try (WorkerProcess owner = ownerClock.workers().start();
        WorkerProcess sibling = siblingClock.workers().start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      long before = daysBetween(owner, sibling);
      assertThat(Math.abs(before)).isEqualTo(2);
      scene.assertLeftAlone(sibling, id);
      ownerClock.set(Duration.ofDays(-1));
      siblingClock.set(Duration.ofDays(1));
      Await.until("both clocks have jumped", () -> daysBetween(owner, sibling) == -before);
      scene.assertLeftAlone(sibling, id);
      owner.kill();
      scene.assertInherited(sibling, id, "is gone");
    }
  }

  private static long daysBetween(WorkerProcess one, WorkerProcess two) throws Exception {
    long millis = Long.parseLong(one.call("clock")) - Long.parseLong(two.call("clock"));
    return Math.round(millis / 86_400_000.0);
  }

  /** As NTP does it, between a worker's start and its death: no rule of the store may break. */
  @Test
  void examine_clockStepsBackBeforeADeath_breaksNoRule() throws Exception {
    Clocked clock = Clocked.by(base, Duration.ofHours(1));
    Scene scene = new Scene(base);
    try (WorkerProcess owner = clock.workers().start();
        WorkerProcess sibling = clock.workers().start()) {
      long id = scene.own(owner);
      long before = Long.parseLong(sibling.call("clock"));
      clock.set(Duration.ofMinutes(50));
      Await.until("the clock has stepped", () -> Long.parseLong(sibling.call("clock")) < before);
      owner.kill();
      scene.watch(sibling);
      scene.assertInherited(sibling, id, "is gone");
      try (Database db = Database.read(base)) {
        assertThat(db.number("SELECT closed_at < opened_at FROM owner WHERE id = " + id))
            .as("the clock has stepped")
            .isEqualTo(1);
      }
      StoreInvariants.all().check(Database.file(base));
    }
  }

  @Test
  void examine_ownerInAnotherPidNamespace_aliveThenDeadByTheLock() throws Exception {
    Scene scene = new Scene(base);
    WorkerProcess.Launcher container =
        WorkerProcess.launcher().under(Shell.pidNamespace()).with("-XX:-UsePerfData");
    try (WorkerProcess owner = container.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      assertThat(owner.pid()).isEqualTo(1);
      long id = scene.own(owner);
      scene.watch(sibling);
      scene.assertLeftAlone(sibling, id);
      owner.killWithProgram();
      scene.assertInherited(sibling, id, "belongs to pid namespace pid:[");
    }
  }

  @Test
  void examine_bothInContainersAsPidOne_aliveThenDeadByTheLock() throws Exception {
    Scene scene = new Scene(base);
    WorkerProcess.Launcher container =
        WorkerProcess.launcher().under(Shell.pidNamespace()).with("-XX:-UsePerfData");
    try (WorkerProcess owner = container.start();
        WorkerProcess sibling = container.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      scene.assertLeftAlone(sibling, id);
      owner.killWithProgram();
      scene.assertInherited(sibling, id, "belongs to pid namespace pid:[");
    }
  }

  @Test
  void examine_ownerWithAnotherBootId_aliveByTheLockThenDeadByTheLock() throws Exception {
    Scene scene = new Scene(base);
    Path bootId = Files.writeString(base.resolve("boot_id"), "11111111-2222-3333-4444-5555\n");
    WorkerProcess.Launcher container =
        WorkerProcess.launcher()
            .under(Shell.mounted("mount --bind " + bootId + " /proc/sys/kernel/random/boot_id"));
    try (WorkerProcess owner = container.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      scene.assertLeftAlone(sibling, id);
      owner.kill();
      scene.assertInherited(sibling, id, "belongs to boot 11111111-2222-3333-4444-5555");
    }
  }
}
