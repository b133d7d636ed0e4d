package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Settings;
import dev.lastly.support.Actions;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes queue for the write lock while an operator holds it at a prompt. */
class WriteLineTest {
  private static final long LINE = 1L << 61;
  private static final long WATCHER = 1L << 62;

  @TempDir Path base;

  @Test
  void defer_theFirstInTheLineIsKilled_theNextGoesOn() throws Exception {
    try (WorkerProcess.Group workers = twoInLine()) {
      try (Prompt prompt = new Prompt(base)) {
        lineUp(workers);
        workers.get(0).kill();
        assertThat(lineBytes(workers.get(0).pid())).isEmpty();
      }
      workers.get(1).answer("defer");
      assertThat(functions()).containsExactly("f1|deferred|0");
    }
  }

  @Test
  void defer_theFirstInTheLineIsStopped_theOthersGoOn() throws Exception {
    try (WorkerProcess.Group workers = twoInLine()) {
      try (Prompt prompt = new Prompt(base)) {
        lineUp(workers);
        workers.get(0).stop();
      }
      workers.get(1).answer("defer");
      workers.get(1).call("flood j %s 1 200".formatted(ledger().file()));
      workers.get(0).resume();
      workers.get(0).answer("defer");
      assertThat(functions()).contains("f0|deferred|0", "f1|deferred|0").hasSize(202);
    }
  }

  @Test
  void defer_oneInTheMiddleIsStopped_thoseBehindItGoOn() throws Exception {
    try (WorkerProcess.Group workers = open(3)) {
      try (Prompt prompt = new Prompt(base)) {
        lineUp(workers);
        workers.get(1).stop();
      }
      workers.get(0).answer("defer");
      workers.get(2).answer("defer");
      workers.get(1).resume();
      workers.get(1).answer("defer");
      assertThat(functions()).hasSize(3);
    }
  }

  @Test
  void defer_manyProcessesAtOnce_allSucceedAndLeaveTheLine() throws Exception {
    try (WorkerProcess.Group workers = open(4)) {
      workers.callAll("flood j %s 2 150".formatted(ledger().file()));
      assertThat(functions()).hasSize(4 * 300);
      for (WorkerProcess worker : workers.workers()) {
        Await.until("it has left the line", () -> lineBytes(worker.pid()).length == 0);
      }
    }
  }

  @Test
  void defer_interruptedInTheLine_keepsTheLocksAndTheFlag() throws Exception {
    Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
    long self = ProcessHandle.current().pid();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        JobContext job = manager.openJob()) {
      FutureTask<Boolean> task =
          new FutureTask<>(
              () -> {
                job.defer(Actions::log, ledger().file(), "f");
                return Thread.currentThread().isInterrupted();
              });
      Thread thread = new Thread(task);
      try (Prompt prompt = new Prompt(base)) {
        thread.start();
        Await.until("it is in the line", () -> lineBytes(self).length > 0);
        thread.interrupt();
        Await.until("it has noticed", () -> !thread.isInterrupted());
      }
      assertThat(task.get()).as("the flag").isTrue();
      assertThat(bytes(self)).as("the owner's byte").contains(manager.ownerId());
    }
  }

  private WorkerProcess.Group twoInLine() throws Exception {
    return open(2);
  }

  private WorkerProcess.Group open(int count) throws Exception {
    WorkerProcess.Group workers = WorkerProcess.start(count);
    workers.callAll("open m " + base + " reap=0");
    workers.callAll("job m j");
    return workers;
  }

  /** Has each of them defer a function, one after the other; none can, but each waits. */
  private void lineUp(WorkerProcess.Group workers) throws Exception {
    List<WorkerProcess> all = workers.workers();
    for (int i = 0; i < all.size(); i++) {
      WorkerProcess worker = all.get(i);
      worker.send("defer j log %s f%d".formatted(ledger().file(), i));
      Await.until("it is in the line", () -> lineBytes(worker.pid()).length > 0);
    }
  }

  private Ledger ledger() {
    return new Ledger(base.resolve("ledger"));
  }

  private List<String> functions() throws SQLException {
    try (Database database = Database.read(base)) {
      return database.functions();
    }
  }

  /** The bytes of the line that a process holds. */
  private static long[] lineBytes(long pid) throws IOException {
    return Arrays.stream(bytes(pid)).filter(number -> number >= LINE && number < WATCHER).toArray();
  }

  /** The bytes of any file that a process holds; each is a line of its own, or one of a few. */
  private static long[] bytes(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/locks")).stream()
        .map(line -> line.trim().split("\\s+"))
        .filter(f -> f.length == 8 && f[3].equals("WRITE") && f[4].equals(Long.toString(pid)))
        .filter(f -> f[1].equals("POSIX") && !f[7].equals("EOF"))
        .flatMapToLong(f -> LongStream.rangeClosed(Long.parseLong(f[6]), Long.parseLong(f[7])))
        .toArray();
  }

  /** An operator who begins a transaction at a prompt, and rolls it back at the end. */
  private static final class Prompt implements AutoCloseable {
    private final Connection connection;

    private Prompt(Path base) throws SQLException {
      connection = DriverManager.getConnection("jdbc:sqlite:" + Database.file(base));
      try (Statement statement = connection.createStatement()) {
        statement.execute("BEGIN IMMEDIATE");
      }
    }

    @Override
    public void close() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute("ROLLBACK");
      }
      connection.close();
    }
  }
}
