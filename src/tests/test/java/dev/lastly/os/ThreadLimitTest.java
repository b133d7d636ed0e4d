package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A user that cannot start more threads (prlimit(1)). */
@Tag("os")
class ThreadLimitTest {
  private static final String USER = "61234"; // of whom no other process is counted
  private static final List<String> AS_USER =
      List.of("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups");

  @TempDir Path base;

  @Test
  void open_noMoreThreads_failsAndLeavesNothing() throws Exception {
    Shell.run("chown", "-R", USER + ":" + USER, base.toString());
    try (WorkerProcess worker = asUser()) {
      worker.call("open warm " + base + " reap=0");
      worker.call("close warm");
      limit(worker, "1");
      for (int i = 0; i < 3; i++) {
        assertThat(worker.refused("open m " + base)).contains("OutOfMemoryError", "thread");
      }
      assertThat(descriptors(worker)).containsExactly("owners.lock");
      assertThat(Files.readString(Path.of("/proc/locks"))).doesNotContain(" " + worker.pid() + " ");
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT end_reason FROM owner ORDER BY id"))
            .containsExactly("closed", "closed", "closed", "closed");
      }
      limit(worker, "4096");
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("end j");
    }
  }

  /** Without a background, and in a fresh JVM, nothing needs a thread. */
  @Test
  void open_noMoreThreadsAndNoBackground_works() throws Exception {
    Shell.run("chown", "-R", USER + ":" + USER, base.toString());
    try (WorkerProcess worker = asUser()) {
      limit(worker, "1");
      worker.call("open m " + base + " reap=0");
      worker.call("job m j");
      worker.call("defer j log %s a".formatted(base.resolve("ledger")));
      worker.call("end j");
      worker.call("close m");
    }
  }

  private static WorkerProcess asUser() throws Exception {
    List<String> command = new ArrayList<>(AS_USER);
    command.addAll(List.of("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"));
    return WorkerProcess.launcher().under(command.toArray(String[]::new)).start();
  }

  private static void limit(WorkerProcess worker, String most) throws Exception {
    List<String> command = new ArrayList<>(AS_USER);
    command.addAll(List.of("prlimit", "--pid", worker.pid() + "", "--nproc=" + most + ":"));
    Shell.run(command.toArray(String[]::new));
  }

  private List<String> descriptors(WorkerProcess worker) throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/" + worker.pid() + "/fd"))) {
      for (Path descriptor : all.toList()) {
        Path file = Files.readSymbolicLink(descriptor);
        if (file.startsWith(base)) {
          open.add(file.getFileName().toString());
        }
      }
    }
    return open;
  }
}
