package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finished functions are pruned, on request and by themselves. */
class PruningTest {
  @TempDir Path base;

  public static void succeed() {}

  public static void fail() {
    throw new IllegalStateException("no");
  }

  @Test
  void prune_afterAJob_removesWhatIsFinishedAndNothingElse() throws Exception {
    try (DeferredFunctionManager manager = open(Duration.ZERO)) {
      DeferredHandle done;
      DeferredHandle cancelled;
      DeferredHandle quarantined;
      try (JobContext job = manager.openJob("first")) {
        done = job.defer(PruningTest::succeed);
        cancelled = job.defer(PruningTest::succeed);
        quarantined = job.defer(PruningTest::fail);
        assertThat(cancelled.cancel()).isTrue();
        assertThat(cancelled.state()).contains(FunctionState.CANCELLED);
      }
      assertThat(done.state()).contains(FunctionState.DONE);
      try (JobContext job = manager.openJob("second")) {
        DeferredHandle waiting = job.defer(PruningTest::succeed);
        assertThat(manager.prune()).isEqualTo(2);
        assertThat(manager.prune()).isZero();
        assertThat(waiting.state()).contains(FunctionState.DEFERRED);
      }
      assertThat(done.state()).isEmpty();
      assertThat(done.cancel()).isFalse();
      assertThat(cancelled.state()).isEmpty();
      assertThat(cancelled.cancel()).isTrue(); // as it said before
      assertThat(quarantined.state()).contains(FunctionState.QUARANTINED);
    }
    StoreInvariants.all().check(Database.file(base));
  }

  @Test
  void prune_withTheDefaults_keepsWhatHasJustFinished() {
    try (DeferredFunctionManager manager =
        DeferredFunctionManager.open(
            base, Settings.builder().reapInterval(Duration.ZERO).build())) {
      try (JobContext job = manager.openJob()) {
        job.defer(PruningTest::succeed);
      }
      assertThat(manager.prune()).isZero();
    }
  }

  @Test
  void prune_closedManager_isRefused() {
    DeferredFunctionManager manager = open(Duration.ZERO);
    manager.close();
    assertThatThrownBy(manager::prune)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed; open a new one");
  }

  @Test
  void watcher_inTheBackground_prunesByItself() throws Exception {
    try (DeferredFunctionManager manager = open(Duration.ofMillis(10))) {
      try (JobContext job = manager.openJob()) {
        for (int i = 0; i < 600; i++) {
          job.defer(PruningTest::succeed);
        }
        job.defer(PruningTest::fail);
      }
      try (Database database = Database.read(base)) {
        Await.until(
            "the watcher has pruned",
            () -> database.number("SELECT count(*) FROM deferred_function") == 1);
        assertThat(database.text("SELECT functions || ' by ' || pruned_by FROM pruned"))
            .isEqualTo("600 by " + manager.ownerId());
      }
    }
    StoreInvariants.all().check(Database.file(base));
  }

  @Test
  void cleanupWorker_quarantinedFunctionLeft_prunesNothing() throws Exception {
    try (DeferredFunctionManager manager = open(Duration.ZERO);
        JobContext job = manager.openJob()) {
      job.defer(PruningTest::succeed);
      job.defer(PruningTest::fail);
    }
    DeferredFunctionManager.cleanupWorker(base);
    try (Database database = Database.read(base)) {
      assertThat(database.rows("SELECT state FROM deferred_function ORDER BY id"))
          .containsExactly("done", "quarantined");
    }
  }

  @Test
  void cleanupWorker_everythingPruned_deletesNothing() throws Exception {
    try (DeferredFunctionManager manager = open(Duration.ZERO)) {
      try (JobContext job = manager.openJob()) {
        job.defer(PruningTest::succeed);
      }
      assertThat(manager.prune()).isEqualTo(1);
    }
    DeferredFunctionManager.cleanupWorker(base);
    try (Database database = Database.read(base)) {
      assertThat(database.text("SELECT functions FROM pruned")).isEqualTo("1");
    }
  }

  private DeferredFunctionManager open(Duration reapInterval) {
    Settings keepNothing =
        Settings.builder()
            .finishedLimit(0)
            .reapInterval(reapInterval)
            .durability(Durability.PROCESS_CRASH)
            .retry(RetryPolicy.builder().maxAttempts(1).build())
            .onShutdown(OnShutdown.NOTHING)
            .build();
    return DeferredFunctionManager.open(base, keepNothing);
  }
}
