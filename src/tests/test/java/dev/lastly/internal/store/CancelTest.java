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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A function that another owner has claimed, or that has begun, cannot be cancelled. */
final class CancelTest {
  @TempDir private Path directory;

  @Test
  void cancel_afterTheRowWasClaimed_isRefused() throws Exception {
    try (Store store = TestStore.open(directory)) {
      long owner = TestStore.owner(store);
      Registered row =
          TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false);
      long successor = TestStore.owner(store);
      assertThat(store.endOwner(owner, successor, "forced", "I know", 2_000)).isTrue();
      assertThat(TestStore.claim(store, owner, successor, 3_000)).hasSize(1);
      assertThat(store.cancel(row.function().row(), owner, 4_000, false)).isFalse();
      assertThat(TestStore.query(directory, "SELECT state, owner_id FROM deferred_function"))
          .containsExactly("running|" + successor);
    }
  }

  @Test
  void cancel_functionThatHasFailedOnce_isRefusedAndWaitsForItsRetry() throws Exception {
    try (Store store = TestStore.open(directory)) {
      long owner = TestStore.owner(store);
      Registered row =
          TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false);
      StoredFunction function =
          store
              .runnable(owner, row.job().row(), Order.NEWEST_FIRST, Long.MAX_VALUE, 2_000, 9)
              .get(0);
      assertThat(TestStore.advance(store, AttemptStep.begin(function), 2_000).started()).hasSize(1);
      AttemptResult failed =
          new AttemptResult(
              AttemptOutcome.THREW, FunctionState.RETRY_WAIT, Duration.ofMillis(6_500), "no", null);
      TestStore.advance(
          store,
          AttemptStep.end(new EndedAttempt(function, failed, new Moment(2_000), new Moment(2_500))),
          2_500);
      assertThat(store.cancel(row.function().row(), owner, 3_000, false)).isFalse();
      assertThat(TestStore.query(directory, "SELECT state, not_before FROM deferred_function"))
          .containsExactly("retry_wait|9000");
    }
  }
}
