package dev.lastly.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Python and Java workers write at the same time, some are killed: every command that was
 * registered runs, and the database stays sound, although Python's SQLite may be an old one.
 */
@Tag("campaign")
class MixedStormTest {
  private static final int JOBS = 25;

  @TempDir private Path base;
  private final Queue<Path> registered = new ConcurrentLinkedQueue<>();

  @Test
  void storm_ofBothKinds_everyCommandRunsAndTheDatabaseIsSound() throws Exception {
    Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
    long seed = new Random().nextLong();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      storm(seed);
      manager.reap();
      for (int i = 0; i < 2; i++) {
        manager.reap(); // what a killed worker had begun is due at once
      }
    }
    assertThat(registered).as("seed %d", seed).isNotEmpty().allMatch(Files::exists);
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT DISTINCT state FROM deferred_function")).containsExactly("done");
    }
    StoreInvariants.all().check(Database.file(base));
  }

  private void storm(long seed) throws Exception {
    Random random = new Random(seed);
    List<Callable<Void>> workers = new ArrayList<>();
    for (String name : List.of("python-1", "python-2", "python-3", "java-1", "java-2")) {
      // Every second one is killed in the middle of some job, or of its end.
      int jobs = name.endsWith("1") ? JOBS : random.nextInt(JOBS);
      boolean inTheEnd = random.nextBoolean();
      workers.add(() -> work(name, jobs, inTheEnd));
    }
    ExecutorService threads = Executors.newFixedThreadPool(workers.size());
    try {
      for (Future<Void> worker : threads.invokeAll(workers)) {
        worker.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private Void work(String name, int jobs, boolean killedInTheEnd) throws Exception {
    boolean python = name.startsWith("python");
    try (WorkerProcess worker = python ? WorkerProcess.startPython() : WorkerProcess.start()) {
      worker.call("open m " + base + (python ? "" : " reap=0"));
      for (int i = 0; i < jobs; i++) {
        job(worker, name, i);
        worker.call("end " + i);
        worker.call("reap m");
      }
      if (jobs == JOBS) {
        worker.call("close m");
        return null;
      }
      job(worker, name, jobs);
      if (killedInTheEnd) {
        worker.send("end " + jobs);
      }
      worker.kill();
      return null;
    }
  }

  private void job(WorkerProcess worker, String name, int number) throws Exception {
    worker.call("job m " + number);
    for (int i = 0; i < 3; i++) {
      Path proof = base.resolve("%s-%d-%d".formatted(name, number, i));
      worker.call("command %d touch %s".formatted(number, proof));
      registered.add(proof);
    }
  }
}
