package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A retry waits until it is due, also when its job is run for another reason. */
final class RunnableTest {
  private static final long DUE = 10_000;

  @TempDir private Path directory;

  @ParameterizedTest
  @EnumSource(Order.class)
  void runnable_retryNotDue_isLeftOut(Order order) {
    try (Store store = TestStore.open(directory)) {
      long owner = TestStore.owner(store);
      Registered row =
          TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false);
      StoredFunction function = runnable(store, owner, row, order, 1_000).get(0);
      assertThat(TestStore.advance(store, AttemptStep.begin(function), 1_000).started()).hasSize(1);
      AttemptResult failed =
          new AttemptResult(
              AttemptOutcome.THREW,
              FunctionState.RETRY_WAIT,
              Duration.ofMillis(DUE - 2_000),
              "no",
              null);
      assertThat(
              TestStore.advance(
                      store,
                      AttemptStep.end(
                          new EndedAttempt(function, failed, new Moment(1_500), new Moment(2_000))),
                      2_000)
                  .lost())
          .isEmpty();
      assertThat(runnable(store, owner, row, order, DUE - 1)).isEmpty();
      assertThat(runnable(store, owner, row, order, DUE)).hasSize(1);
    }
  }

  private static List<StoredFunction> runnable(
      Store store, long owner, Registered row, Order order, long now) {
    long start = order == Order.NEWEST_FIRST ? Long.MAX_VALUE : 0;
    return store.runnable(owner, row.job().row(), order, start, now, 64);
  }
}
