package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import dev.lastly.support.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a manager in a JVM that lives on, as that of a container. */
final class ManagerShutDownTest {
  private static final int ROUNDS = 50;

  @TempDir private Path base;

  private DeferredFunctionManager open(Duration grace) {
    return DeferredFunctionManager.open(
        base, Settings.builder().onShutdown(OnShutdown.NOTHING).shutdownGrace(grace).build());
  }

  private List<String> owners() throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows("SELECT end_reason FROM owner");
    }
  }

  /** Each thread sees its own file until it closes its job. It opens jobs until it is refused. */
  @Test
  void shutDown_threadsOpenJobs_eachJobEndsByItsOwnThread() throws Exception {
    DeferredFunctionManager manager = open(Duration.ofMinutes(1));
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      CountDownLatch working = new CountDownLatch(4);
      List<Future<Integer>> early = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        early.add(threads.submit(() -> workUntilRefused(manager, working)));
      }
      assertThat(working.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(manager.shutDown(OnShutdown.WAIT)).isTrue();
      for (Future<Integer> cleanedEarly : early) {
        assertThat(cleanedEarly.get(60, TimeUnit.SECONDS)).isZero();
      }
      assertThat(owners()).containsExactly("closed");
      assertThat(manager.shutDown(OnShutdown.WAIT)).isTrue();
    } finally {
      threads.shutdownNow();
    }
  }

  private int workUntilRefused(DeferredFunctionManager manager, CountDownLatch working)
      throws Exception {
    int cleanedEarly = 0;
    try {
      for (int round = 0; round < 10; round++) {
        Path scratch = Files.createTempFile(base, "scratch", "");
        try (JobContext job = manager.openJob()) {
          job.defer(Cleanup::deleteFile, scratch);
          working.countDown();
          TimeUnit.MILLISECONDS.sleep(20);
          cleanedEarly += Files.exists(scratch) ? 0 : 1;
        }
      }
    } catch (IllegalStateException e) { // there was a moment without an open job
      assertThat(e).hasMessageContaining("is closed; open a new one");
    }
    return cleanedEarly;
  }

  /** A job's end reaps, after its own functions: the store must not be closed under that. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void close_besideJobsAndReaps_refusesThemByOneSentence(boolean shutDown) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        DeferredFunctionManager manager = open(Duration.ofMinutes(1));
        List<Future<?>> working =
            List.of(
                threads.submit(() -> repeatUntilRefused(() -> manager.openJob().close())),
                threads.submit(() -> repeatUntilRefused(manager::reap)));
        TimeUnit.MICROSECONDS.sleep(100L * (round % 20)); // closed at other moments
        if (shutDown) {
          assertThat(manager.shutDown(OnShutdown.WAIT)).isTrue();
        } else {
          manager.close();
        }
        for (Future<?> refused : working) {
          refused.get(60, TimeUnit.SECONDS);
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void repeatUntilRefused(Runnable call) {
    assertThatThrownBy(
            () -> {
              while (true) {
                call.run();
              }
            })
        .isExactlyInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed; open a new one");
  }

  @Test
  void shutDown_jobStaysOpen_leavesItToItsThread() throws Exception {
    DeferredFunctionManager manager = open(Duration.ofMillis(50));
    Path scratch = Files.createFile(base.resolve("scratch"));
    try (JobContext job = manager.openJob()) {
      job.defer(Cleanup::deleteFile, scratch);
      assertThat(manager.shutDown(OnShutdown.WAIT)).isFalse();
      assertThat(manager.shutDown(OnShutdown.NOTHING)).isFalse();
      assertThat(scratch).exists();
    }
    assertThat(scratch).doesNotExist();
    assertThat(manager.shutDown(OnShutdown.NOTHING)).isTrue();
    assertThatThrownBy(manager::openJob).isInstanceOf(IllegalStateException.class);
    assertThat(owners()).containsExactly("closed");
  }

  @Test
  void shutDown_interrupt_endsTheWorkOfTheJobsThread() throws Exception {
    DeferredFunctionManager manager = open(Duration.ofMinutes(1));
    Path scratch = Files.createFile(base.resolve("scratch"));
    CountDownLatch working = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try (JobContext job = manager.openJob()) {
                job.defer(Cleanup::deleteFile, scratch);
                working.countDown();
                TimeUnit.MINUTES.sleep(1);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    assertThat(working.await(60, TimeUnit.SECONDS)).isTrue();
    assertThat(manager.shutDown(OnShutdown.INTERRUPT)).isTrue();
    assertThat(scratch).doesNotExist();
    thread.join();
  }

  @Test
  void shutDown_closeNow_endsOpenJobs() throws Exception {
    DeferredFunctionManager manager = open(Duration.ofMinutes(1));
    Path scratch = Files.createFile(base.resolve("scratch"));
    JobContext job = manager.openJob();
    job.defer(Cleanup::deleteFile, scratch);
    assertThat(manager.shutDown(OnShutdown.CLOSE_NOW)).isTrue();
    assertThat(scratch).doesNotExist();
    job.close();
  }
}
