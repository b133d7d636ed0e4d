package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunction;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.Operator;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The end of a job while other threads and processes act on it. */
@Timeout(120)
class JobEndTest {
  private static final AtomicInteger ATTEMPTS = new AtomicInteger();
  private static final CountDownLatch SECOND = new CountDownLatch(1);
  private static final CountDownLatch GO = new CountDownLatch(1);

  @TempDir private Path base;

  static void nothing() {}

  /** Fails at first; then it takes as long as the test wants. */
  static void slowRetry() throws InterruptedException {
    if (ATTEMPTS.incrementAndGet() == 1) {
      throw new IllegalStateException("the first time");
    }
    SECOND.countDown();
    assertThat(GO.await(60, TimeUnit.SECONDS)).isTrue();
  }

  private static Settings settings(Duration reapInterval) {
    return Settings.builder()
        .reapInterval(reapInterval)
        .onShutdown(OnShutdown.NOTHING)
        .retry(RetryPolicy.builder().initialBackoff(Duration.ofMillis(10)).build())
        .build();
  }

  /** What was accepted while the job ended is run by that end: its owner lives on. */
  @Test
  void operatorDefers_whileTheJobIsClosing_allThatWasAcceptedIsRun() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (DeferredFunctionManager manager =
        DeferredFunctionManager.open(base, settings(Duration.ZERO))) {
      int accepted = 0;
      for (int round = 0; round < 15; round++) {
        JobContext job = manager.openJob("round " + round);
        job.defer(JobEndTest::nothing);
        List<Future<Integer>> strangers = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
          strangers.add(
              threads.submit(
                  () -> deferUntilRefused(manager.ownerId(), job.id().orElseThrow(), ready)));
        }
        assertThat(ready.await(30, TimeUnit.SECONDS)).isTrue();
        job.close();
        for (Future<Integer> stranger : strangers) {
          accepted += stranger.get();
        }
      }
      assertThat(accepted).isGreaterThan(15);
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT state, count(*) FROM deferred_function GROUP BY state"))
            .containsExactly("done|" + (accepted + 15));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private int deferUntilRefused(long owner, long job, CountDownLatch ready) {
    int accepted = 0;
    try (Operator operator = Operator.open(base)) {
      while (true) {
        operator.defer(owner, job, DeferredFunction.create(JobEndTest::nothing));
        accepted++;
        ready.countDown();
      }
    } catch (IllegalStateException e) { // the job has ended
      ready.countDown();
      return accepted;
    }
  }

  @Test
  void emptyJobCloses_besideASlowRetryOfItsOwner_doesNotWaitForIt() throws Exception {
    try (DeferredFunctionManager manager =
        DeferredFunctionManager.open(base, settings(Duration.ofMillis(50)))) {
      try (JobContext job = manager.openJob("failing")) {
        job.defer(JobEndTest::slowRetry);
      }
      assertThat(SECOND.await(60, TimeUnit.SECONDS)).isTrue();
      long start = System.nanoTime();
      manager.openJob("empty").close();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(GO.getCount()).as("it is still running").isEqualTo(1);
      GO.countDown();
    }
  }
}
