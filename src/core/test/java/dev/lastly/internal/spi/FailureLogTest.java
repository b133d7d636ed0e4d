package dev.lastly.internal.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.StoreException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.helpers.MessageFormatter;

/** What an operator reads of work that fails all the time. */
final class FailureLogTest {
  private final List<String> lines = new ArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private final FailureLog failures = new FailureLog(new Log(logger()), now::get);

  private Logger logger() {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (self, method, arguments) -> {
              if (method.getReturnType() == boolean.class) {
                return true; // every level is enabled
              }
              if (!method.getName().equals("debug")) {
                Object[] values = (Object[]) arguments[1];
                lines.add(
                    method.getName()
                        + " "
                        + MessageFormatter.arrayFormat((String) arguments[0], values).getMessage()
                        + (values[values.length - 1] instanceof Throwable ? " (trace)" : ""));
              }
              return null;
            });
  }

  private static StoreException full(int owner) {
    return new StoreException("cannot close owner " + owner, new SQLException("disk full"));
  }

  private void fail(String what, Throwable... causes) {
    Arrays.stream(causes).forEach(cause -> failures.failed(what, "trying again in PT1S", cause));
  }

  @Test
  void failed_sameCauseForOtherRows_isOneLineAndThenACount() {
    fail("reap", full(1), full(2), full(3));
    assertThat(lines)
        .containsExactly(
            "warn could not reap; trying again in PT1S: StoreException: cannot close owner 1");
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    fail("reap", full(4), full(5));
    now.addAndGet(Duration.ofMinutes(1).toNanos());
    fail("reap", full(6)); // too soon for another line: each comes after twice the time
    assertThat(lines)
        .hasSize(2)
        .last()
        .isEqualTo(
            "warn could not reap 4 times so far; trying again in PT1S: StoreException: cannot"
                + " close owner 4");
  }

  @Test
  void failed_otherCauseOrOtherWork_isTold() {
    fail("reap", full(1), new StoreException("cannot", new SQLException("disk I/O error")));
    fail("prune", full(1));
    assertThat(lines).hasSize(3);
  }

  @Test
  void failed_bug_isToldWithItsTraceOnce() {
    fail("reap", new IllegalStateException("a bug"), new IllegalStateException("a bug"));
    assertThat(lines)
        .containsExactly(
            "warn could not reap; trying again in PT1S: IllegalStateException: a bug (trace)");
  }

  @Test
  void failed_causesWithoutEnd_areBoundedInTheLog() {
    for (char c = 'a'; c < 'a' + 1_000; c++) {
      fail("reap", new IllegalStateException("cause " + c));
    }
    assertThat(lines).hasSizeLessThanOrEqualTo(100);
  }

  @Test
  void worked_afterFailures_saysSoAndForgetsThem() {
    failures.worked("reap");
    fail("reap", full(1), full(2));
    failures.worked("reap");
    failures.worked("reap");
    fail("reap", full(3));
    assertThat(lines)
        .hasSize(3)
        .element(1)
        .isEqualTo("info no longer fails, after 2 failures: reap");
  }
}
