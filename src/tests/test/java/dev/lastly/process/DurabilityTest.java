package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P1: what defer does before it returns, as the kernel sees it. */
class DurabilityTest {
  private static final int DEFERS = 50;

  @TempDir Path base;

  @Test
  void defer_powerLossAndProcessCrash_syncsEachTimeOrNever() throws Exception {
    Path trace = base.resolve("trace");
    Path power = Files.createDirectory(base.resolve("power"));
    Path crash = Files.createDirectory(base.resolve("crash"));
    WorkerProcess.Launcher launcher =
        WorkerProcess.launcher()
            .under(
                "strace",
                "-f",
                "-qq",
                "-y",
                "--seccomp-bpf",
                "-o",
                trace.toString(),
                "-e",
                "trace=fsync,fdatasync,unlink");
    try (WorkerProcess worker = launcher.start()) {
      worker.call("open power " + power + " reap=0");
      worker.call("open crash " + crash + " reap=0 durability=PROCESS_CRASH");
      for (String name : List.of("power", "crash")) {
        Path ledger = base.resolve("ledger");
        worker.call("job %s %s".formatted(name, name));
        worker.call("defer %s log %s first".formatted(name, ledger));
        long before = walSyncs(trace, base.resolve(name));
        for (int i = 0; i < DEFERS; i++) {
          worker.call("defer %s log %s %s%d".formatted(name, ledger, name, i));
        }
        long syncs = walSyncs(trace, base.resolve(name)) - before;
        if (name.equals("power")) {
          assertThat(syncs).isGreaterThanOrEqualTo(DEFERS);
          assertThat(worker.call("cancel power0")).isEqualTo("true");
          assertThat(walSyncs(trace, power) - before).isGreaterThan(syncs);
        } else {
          assertThat(syncs).isZero();
        }
      }
      worker.kill();
    }
    try (WorkerProcess next = WorkerProcess.start()) {
      next.call("open m " + crash + " reap=0");
      assertThat(next.call("reap m")).isEqualTo(Integer.toString(DEFERS + 1));
    }
  }

  /** A promise that the file system cannot keep is not accepted without a word. */
  @Test
  void open_directoryInMemoryWithPowerLoss_saysOnceWhatThatMeans() throws Exception {
    Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "lastly");
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open a " + memory + " reap=0 durability=PROCESS_CRASH");
      worker.call("open b " + base + " reap=0");
      assertThat(worker.errors()).doesNotContain("lies in memory");
      worker.call("open c " + memory + " reap=0");
      worker.call("open d " + memory + " reap=0");
      assertThat(worker.errors())
          .containsOnlyOnce("lies in memory (tmpfs)")
          .contains("not that of the machine", "Durability.PROCESS_CRASH");
      for (String manager : List.of("a", "b", "c", "d")) {
        worker.call("close " + manager);
      }
    } finally {
      new ProcessBuilder("rm", "-r", memory.toString()).start().waitFor();
    }
  }

  private static long walSyncs(Path trace, Path directory) throws Exception {
    try (Stream<String> lines = Files.lines(trace)) {
      return lines
          .filter(
              line ->
                  line.contains("sync(") && line.contains(directory + "/deferred/deferred.db-wal"))
          .count();
    }
  }
}
