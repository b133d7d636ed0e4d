package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An interrupt neither ends a wait nor gets lost. */
@Timeout(20)
final class PatienceTest {
  @Test
  void await_latch_saysWhetherItOpened() {
    CountDownLatch latch = new CountDownLatch(1);
    assertThat(Patience.await(latch, Duration.ofMillis(1))).isFalse();
    latch.countDown();
    assertThat(Patience.await(latch, Duration.ZERO)).isTrue();
    assertThat(Thread.interrupted()).as("out of nothing").isFalse();
  }

  @Test
  void await_interruptedAgainAndAgain_waitsOnForWhatIsLeftAndKeepsTheFlag() {
    List<Long> left = new ArrayList<>();
    boolean answer =
        Patience.await(
            nanos -> {
              left.add(nanos);
              if (left.size() < 3) {
                throw new InterruptedException();
              }
              return true;
            },
            Duration.ofDays(1));
    assertThat(Thread.interrupted()).as("the flag afterwards").isTrue();
    assertThat(answer).isTrue();
    long day = Duration.ofDays(1).toNanos();
    assertThat(left).hasSize(3).allSatisfy(nanos -> assertThat(nanos).isBetween(1L, day));
    assertThat(left.get(0)).isGreaterThan(left.get(2));
  }

  @Test
  void await_interruptedAndInVain_saysSoAndKeepsTheFlag() {
    Thread.currentThread().interrupt();
    boolean answer = Patience.await(new CountDownLatch(1), Duration.ofMillis(1));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(answer).isFalse();
  }
}
