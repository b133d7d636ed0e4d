package dev.lastly.cleanup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.support.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link HttpTest} and SqlTest have the real calls. */
@Timeout(20)
class BoundedCallTest {
  private static final Duration LIMIT = Duration.ofMillis(200);

  @Test
  void get_callThatDoesNotEnd_isAbortedAtItsLimitAndNotBefore() throws Exception {
    CountDownLatch aborted = new CountDownLatch(1);
    CountDownLatch over = new CountDownLatch(1);
    Callable<Boolean> call =
        () -> {
          boolean ended = aborted.await(10, TimeUnit.SECONDS);
          over.countDown();
          return ended;
        };
    long began = System.nanoTime();
    assertThatThrownBy(() -> BoundedCall.get("it", LIMIT, call, aborted::countDown))
        .isInstanceOf(IOException.class)
        .hasMessage("it has not ended within PT0.2S, and was aborted");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(LIMIT);
    assertThat(over.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void get_abortDoesNotEndEither_endsAtItsLimit() {
    CountDownLatch never = new CountDownLatch(1);
    Runnable hangs =
        () -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    assertThatThrownBy(
            () -> BoundedCall.get("it", LIMIT, () -> never.await(10, TimeUnit.SECONDS), hangs))
        .isInstanceOf(IOException.class);
    never.countDown();
  }

  @Test
  void get_callThatEnds_hasItsResultOrItsException() throws Exception {
    Runnable never =
        () -> {
          throw new AssertionError("aborted");
        };
    assertThat(BoundedCall.get("x", LIMIT.multipliedBy(50), () -> 17, never)).isEqualTo(17);
    IllegalStateException thrown = new IllegalStateException("on purpose");
    assertThatThrownBy(
            () ->
                BoundedCall.get(
                    "x",
                    LIMIT.multipliedBy(50),
                    () -> {
                      throw thrown;
                    },
                    never))
        .isInstanceOf(ExecutionException.class)
        .hasCause(thrown);
  }

  /** A manager that shuts down interrupts its functions. */
  @Test
  void get_interrupted_abortsTheCall() throws Exception {
    CountDownLatch aborted = new CountDownLatch(1);
    Thread us = Thread.currentThread();
    Callable<Boolean> call =
        () -> {
          Await.until("waiting", () -> us.getState() == Thread.State.TIMED_WAITING);
          us.interrupt();
          return aborted.await(10, TimeUnit.SECONDS);
        };
    assertThatThrownBy(() -> BoundedCall.get("x", Duration.ofSeconds(10), call, aborted::countDown))
        .isInstanceOf(InterruptedException.class);
    assertThat(aborted.await(5, TimeUnit.SECONDS)).isTrue();
  }
}
