package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class CrowdTest {
  private final Crowd crowd = new Crowd();

  @Test
  void isComplete_nothingCommittedYet_atOnce() {
    assertThat(crowd.isComplete(1)).isTrue();
  }

  @Test
  void isComplete_lastCommitWasForOneAlone_atOnce() {
    crowd.committed(8, 0, 1_000);
    crowd.committed(1, 0, 1_000);
    assertThat(crowd.isComplete(1)).isTrue();
  }

  @Test
  void isComplete_afterACommitOfSeveral_whenAllAreThere() {
    crowd.committed(5, 3, 1_000);
    assertThat(crowd.isComplete(7)).isFalse();
    assertThat(crowd.isComplete(8)).isTrue();
  }

  @Test
  void patienceNanos_isHalfOfTheLastCommitAndNeverLong() {
    crowd.committed(8, 0, 1_000);
    assertThat(crowd.patienceNanos()).isEqualTo(500);
    crowd.committed(8, 0, TimeUnit.SECONDS.toNanos(10));
    assertThat(crowd.patienceNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1));
  }
}
