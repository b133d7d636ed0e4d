package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clean-up that runs only if the job fails: by its end without a commit, or by a crash. */
@Timeout(120)
class CommitTest {
  private static final List<String> RAN = new CopyOnWriteArrayList<>();

  @TempDir private Path base;

  static void run(String name) {
    RAN.add(name);
  }

  @BeforeEach
  void forget() {
    RAN.clear();
  }

  @Test
  void close_withoutACommit_runsAllInOrder() {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      job.onlyIfFailed().defer(CommitTest::run, "first");
      job.defer(CommitTest::run, "always");
      job.onlyIfFailed().defer(CommitTest::run, "last");
    }
    assertThat(RAN).containsExactly("last", "always", "first");
  }

  @Test
  void commit_thenClose_runsOnlyTheRest() {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      DeferredHandle first = job.onlyIfFailed().defer(CommitTest::run, "first");
      DeferredHandle second = job.onlyIfFailed().defer(CommitTest::run, "second");
      job.defer(CommitTest::run, "always");
      assertThat(second.cancel()).isTrue();
      job.commit();
      job.commit();
      assertThat(first.state()).contains(FunctionState.CANCELLED);
      assertThatThrownBy(() -> job.onlyIfFailed().defer(CommitTest::run, "late"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("has been committed")
          .hasMessageContaining("nothing was registered");
      job.defer(CommitTest::run, "later");
    }
    assertThat(RAN).containsExactly("later", "always");
  }

  @Test
  void onlyIfFailed_tooMany_isRefusedAndTheOthersAreCommitted() {
    Settings fast = Settings.builder().durability(Durability.PROCESS_CRASH).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, fast);
        JobContext job = manager.openJob("job")) {
      for (int i = 0; i < 4_096; i++) {
        job.onlyIfFailed().defer(CommitTest::run, "undo");
      }
      assertThatThrownBy(() -> job.onlyIfFailed().defer(CommitTest::run, "undo"))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("a job commits at most 4096 functions at once");
      job.commit();
    }
    assertThat(RAN).isEmpty();
  }

  @Test
  void commit_nothingRegistered_doesNothing() {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      job.commit();
      assertThat(job.id()).isEmpty();
    }
  }

  @Test
  void commit_afterTheEnd_saysThatItIsTooLate() {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base)) {
      JobContext job = manager.openJob("job");
      job.onlyIfFailed().defer(CommitTest::run, "undo");
      job.close();
      assertThatThrownBy(job::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("job 'job' has ended without a commit");
    }
    assertThat(RAN).containsExactly("undo");
  }

  @Test
  void commit_besideRegistrations_missesNone() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("job")) {
      CountDownLatch begun = new CountDownLatch(4);
      List<Future<Integer>> counts = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        counts.add(
            threads.submit(
                () -> {
                  for (int n = 0; ; n++) {
                    try {
                      job.onlyIfFailed().defer(CommitTest::run, "undo");
                    } catch (IllegalStateException e) {
                      return n;
                    }
                    begun.countDown();
                  }
                }));
      }
      begun.await();
      job.commit();
      int registered = 0;
      for (Future<Integer> count : counts) {
        registered += count.get();
      }
      assertThat(registered).isPositive();
    } finally {
      threads.shutdownNow();
    }
    assertThat(RAN).isEmpty();
  }

  /** Registers three functions, may commit, and dies. */
  static final class Publisher {
    private Publisher() {}

    /** Arguments: the state directory, whether to commit. */
    public static void main(String[] args) {
      Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
      DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]), settings);
      JobContext job = manager.openJob("job");
      for (int i = 0; i < 3; i++) {
        job.onlyIfFailed().defer(CommitTest::run, "undo-" + i);
      }
      if (Boolean.parseBoolean(args[1])) {
        job.commit();
      }
      Runtime.getRuntime().halt(9);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void crash_withAndWithoutACommit_undoesNothingOrAll(boolean committed) throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.addAll(
        List.of(Publisher.class.getName(), base.toString(), Boolean.toString(committed)));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isEqualTo(9);
    DeferredFunctionManager.cleanupWorker(base);
    assertThat(RAN).isEqualTo(committed ? List.of() : List.of("undo-2", "undo-1", "undo-0"));
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT DISTINCT state, finished_no FROM deferred_function"))
          .allMatch(row -> row.startsWith(committed ? "cancelled|" : "done|"))
          .hasSizeBetween(1, committed ? 1 : 3);
    }
  }
}
