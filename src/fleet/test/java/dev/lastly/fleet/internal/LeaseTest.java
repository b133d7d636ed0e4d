package dev.lastly.fleet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a process trusts its lease. */
final class LeaseTest {
  private final AtomicLong clock = new AtomicLong(1_000);
  private final Queue<String> heard = new ConcurrentLinkedQueue<>();
  private final Lease lease =
      new Lease(new UUID(0, 1), "boot", Duration.ofMillis(10), clock::get, heard::add);

  @AfterEach
  void end() {
    lease.close();
  }

  @Test
  void renewed_trustEndsByTheTimeOfSendingLessTheMargin() {
    lease.renewed(1_000, Duration.ofMillis(100));
    clock.set(1_089);
    assertThat(lease.whyNotOwned()).isNull();
    clock.set(1_090);
    assertThat(lease.whyNotOwned()).contains("could not be renewed");
  }

  @Test
  void renewed_answersComeInAnotherOrder_theLongestCounts() {
    lease.renewed(1_050, Duration.ofMillis(100));
    lease.renewed(1_000, Duration.ofMillis(100));
    clock.set(1_139);
    assertThat(lease.whyNotOwned()).isNull();
  }

  @Test
  void lose_isFinal() {
    lease.renewed(1_000, Duration.ofMillis(100));
    lease.lose("presumed dead");
    lease.renewed(1_050, Duration.ofMillis(100));
    assertThat(lease.whyNotOwned()).isEqualTo("presumed dead");
    assertThat(lease.isLost()).isTrue();
  }

  @Test
  void start_trustEndsTwice_theListenerHearsOfEach() throws Exception {
    lease.renewed(1_000, Duration.ofMillis(100));
    lease.start();
    clock.set(1_200);
    Await.until("the first", () -> heard.size() == 1);
    lease.renewed(1_200, Duration.ofMillis(100));
    clock.set(1_400);
    Await.until("the second", () -> heard.size() == 2);
  }

  @Test
  void close_nothingIsOwnedAndNoListenerIsCalled() {
    lease.renewed(1_000, Duration.ofMillis(100));
    lease.close();
    clock.set(2_000);
    assertThat(lease.whyNotOwned()).isNull();
    assertThat(List.copyOf(heard)).isEmpty();
  }
}
