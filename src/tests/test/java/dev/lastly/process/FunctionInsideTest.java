package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A function may use the manager that runs it, with and without a time limit. */
@Timeout(60)
class FunctionInsideTest {
  /** Less than the 10 s for which a new job waits for orphans that another thread runs. */
  private static final Duration SOON = Duration.ofSeconds(8);

  private static final List<String> DEEDS = new CopyOnWriteArrayList<>();
  private static final AtomicReference<DeferredFunctionManager> MANAGER = new AtomicReference<>();
  private static final AtomicReference<JobContext> JOB = new AtomicReference<>();

  @TempDir private Path base;

  static void inner() {
    DEEDS.add("inner");
  }

  /** Fails at first, so that what it does next is done by a retry, as for an orphan. */
  static void outer() {
    if (DEEDS.isEmpty()) {
      DEEDS.add("failed");
      throw new IllegalStateException("the first time");
    }
    DeferredFunctionManager manager = Objects.requireNonNull(MANAGER.get());
    long start = System.nanoTime();
    try (JobContext job = manager.openJob("inside")) {
      job.defer(FunctionInsideTest::inner);
    }
    assertThat(manager.reap()).isZero();
    Objects.requireNonNull(JOB.get()).close();
    assertThatThrownBy(manager::close)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot close the manager that runs it");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
    DEEDS.add("outer");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 50})
  void function_opensAJobReapsAndCloses_waitsForNothing(int limitSeconds) {
    DEEDS.clear();
    Settings settings =
        Settings.builder()
            .reapInterval(Duration.ZERO)
            .functionTimeout(Duration.ofSeconds(limitSeconds))
            .retry(RetryPolicy.builder().initialBackoff(Duration.ZERO).build())
            .build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      MANAGER.set(manager);
      JobContext job = manager.openJob("outside");
      JOB.set(job);
      job.defer(FunctionInsideTest::outer);
      job.close();
      int unused = manager.reap();
    }
    assertThat(DEEDS).containsExactly("failed", "inner", "outer");
  }
}
