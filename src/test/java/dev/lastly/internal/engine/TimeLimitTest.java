package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.lastly.model.StoredFunction;
import dev.lastly.support.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that end in time, that heed their interrupt, and that do not. */
@Timeout(20)
final class TimeLimitTest {
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofMillis(1);

  private final StoredFunction function =
      new StoredFunction(17, 1, 1, 0, null, "f", "a.B#c()V", null, "[]", null, 0, 3);

  private Object call(TimeLimit limit, TimeLimit.Call call) throws Throwable {
    return String.valueOf(limit.call(call, function));
  }

  @Test
  void call_withoutLimit_isMadeInTheCallersThread() throws Throwable {
    Thread[] thread = new Thread[1];
    TimeLimit none = new TimeLimit(Duration.ZERO, SHORT);
    assertThat(
            call(
                none,
                () -> {
                  thread[0] = Thread.currentThread();
                  return "value";
                }))
        .isEqualTo("value");
    assertThat(thread[0]).isSameAs(Thread.currentThread());
  }

  @Test
  void call_inTime_givesTheValueFromADaemonThreadOfItsOwn() throws Throwable {
    Thread[] thread = new Thread[1];
    TimeLimit limit = new TimeLimit(LONG, SHORT);
    assertThat(
            call(
                limit,
                () -> {
                  thread[0] = Thread.currentThread();
                  return "value";
                }))
        .isEqualTo("value");
    assertThat(thread[0]).isNotSameAs(Thread.currentThread());
    assertThat(thread[0].getName()).isEqualTo("lastly-function-17");
    assertThat(thread[0].isDaemon()).as("must not keep the JVM alive").isTrue();
  }

  @Test
  void call_throws_theSameThrowableComesOut() {
    Throwable checked = new IOException("disk");
    Throwable error = new StackOverflowError();
    for (Throwable thrown : new Throwable[] {checked, error}) {
      assertThatThrownBy(
              () ->
                  call(
                      new TimeLimit(LONG, SHORT),
                      () -> {
                        throw thrown;
                      }))
          .isSameAs(thrown);
    }
  }

  @Test
  void call_tooLongAndHeedsItsInterrupt_isExceededWithWhatItThrew() {
    assertThatThrownBy(
            () ->
                call(
                    new TimeLimit(SHORT, LONG),
                    () -> {
                      new CountDownLatch(1).await();
                      return "never";
                    }))
        .isInstanceOf(TimeLimit.ExceededException.class)
        .hasMessage("took longer than PT0.001S and was interrupted")
        .hasCauseInstanceOf(InterruptedException.class);
  }

  @Test
  void call_tooLongAndDoesNotHeedItsInterrupt_isAbandonedWithWhereItHangs() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try {
      // Not at the first time on a machine so slow that the thread has not come so far in 2 ms.
      Await.until("it says where it hangs", () -> abandon(release).contains("await"));
      assertThat(abandon(release))
          .doesNotContain("call_tooLongAndDoesNotHeedItsInterrupt_isAbandonedWithWhereItHangs");
    } finally {
      release.countDown();
    }
  }

  /** The methods in which the function is then. */
  private List<String> abandon(CountDownLatch release) {
    Throwable abandoned =
        catchThrowable(
            () -> call(new TimeLimit(SHORT, SHORT), () -> Patience.await(release, LONG)));
    assertThat(abandoned)
        .isInstanceOf(TimeLimit.AbandonedException.class)
        .hasMessageContainingAll("PT0.001S", "did not heed", "thread lastly-function-17");
    return Arrays.stream(abandoned.getStackTrace()).map(StackTraceElement::getMethodName).toList();
  }

  @Test
  void call_callerIsInterrupted_functionIsAndTheCallerKeepsTheFlag() throws Throwable {
    Thread.currentThread().interrupt();
    Object value =
        call(
            new TimeLimit(LONG, SHORT),
            () -> {
              try {
                new CountDownLatch(1).await();
                return "never";
              } catch (InterruptedException e) {
                return "interrupted";
              }
            });
    assertThat(Thread.interrupted()).isTrue();
    assertThat(value).isEqualTo("interrupted");
  }

  @Test
  void call_callerIsNotInterrupted_getsNoFlag() throws Throwable {
    assertThat(call(new TimeLimit(LONG, SHORT), () -> "value")).isEqualTo("value");
    assertThat(Thread.interrupted()).isFalse();
  }
}
