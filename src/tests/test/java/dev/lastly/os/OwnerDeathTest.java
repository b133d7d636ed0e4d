package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of death of an owner is found, and its functions are run. */
@Tag("os")
class OwnerDeathTest {
  @TempDir Path base;

  @Test
  void examine_killedBySigkill_dead() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      scene.assertLeftAlone(sibling, id);
      owner.kill();
      scene.assertInherited(sibling, id, "lock byte 1 is free");
    }
  }

  @Test
  void examine_runtimeHalt_dead() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      owner.send("halt");
      assertThat(owner.awaitExit(Duration.ofSeconds(20))).isEqualTo(9);
      scene.assertInherited(sibling, id, "lock byte 1 is free");
    }
  }

  @Test
  void examine_segfaultInNativeCode_dead() throws Exception {
    Scene scene = new Scene(base);
    Path report = base.resolve("hs_err.log");
    WorkerProcess.Launcher crashing =
        WorkerProcess.launcher().with("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + report);
    try (WorkerProcess owner = crashing.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      owner.send("segv");
      assertThat(owner.awaitExit(Duration.ofSeconds(20))).isNotZero();
      assertThat(report).content().contains("SIGSEGV");
      scene.assertInherited(sibling, id, "lock byte 1 is free");
    }
  }

  @Test
  void examine_killedByTheOomKiller_dead() throws Exception {
    Scene scene = new Scene(base);
    try (ControlGroup group = ControlGroup.limited(base, 200L << 20);
        WorkerProcess owner = WorkerProcess.launcher().with("-Xmx4g").start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      group.add(owner.pid());
      owner.send("eat");
      assertThat(owner.awaitExit(Duration.ofSeconds(25))).isEqualTo(128 + 9);
      assertThat(group.oomKills()).isPositive();
      scene.assertInherited(sibling, id, "lock byte 1 is free");
    }
  }

  @Test
  void examine_zombie_dead() throws Exception {
    Scene scene = new Scene(base);
    WorkerProcess.Launcher orphanage =
        WorkerProcess.launcher()
            .under("sh", "-c", "exec 3<&0; \"$@\" <&3 & exec sleep 600 >/dev/null", "sh");
    try (WorkerProcess owner = orphanage.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      owner.strike();
      Path stat = Path.of("/proc/" + owner.pid() + "/stat");
      Await.until("it is a zombie", () -> Files.readString(stat).contains(") Z "));
      scene.watch(sibling);
      scene.assertInherited(sibling, id, "(start tick");
      assertThat(stat).content().contains(") Z ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sleep 600", "setsid --fork sleep 600", "setsid sleep 600"})
  void examine_childOutlivesTheOwner_deadAtOnce(String child) throws Exception {
    Scene scene = new Scene(base);
    Path marker = Files.createSymbolicLink(base.resolve("sleep"), Path.of("/bin/sleep"));
    long pid = 0;
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      owner.call("spawn " + child.replace("sleep", marker.toString()));
      Await.until("the child runs", () -> !pids(marker).isEmpty());
      pid = Long.parseLong(pids(marker));
      owner.kill();
      scene.assertInherited(sibling, id, "lock byte 1 is free");
      assertThat(ProcessHandle.of(pid)).hasValueSatisfying(p -> assertThat(p.isAlive()).isTrue());
    } finally {
      ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static String pids(Path program) throws Exception {
    return Shell.run("sh", "-c", "pgrep -f '^" + program + " 600' || true");
  }
}
