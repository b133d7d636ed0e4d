package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class CrowdTest {
  private final Crowd crowd = new Crowd();

  @Test
  void missing_nothingCommittedYet_nobody() {
    assertThat(crowd.missing(1)).isZero();
  }

  @Test
  void missing_lastCommitWasForOneAlone_nobody() {
    crowd.committed(8, 0, 1_000);
    crowd.committed(1, 0, 1_000);
    assertThat(crowd.missing(1)).isZero();
  }

  @Test
  void missing_afterACommitOfSeveral_thoseWhoAreNotThere() {
    crowd.committed(5, 3, 1_000);
    assertThat(crowd.missing(7)).isEqualTo(1);
    assertThat(crowd.missing(8)).isZero();
    assertThat(crowd.missing(9)).isZero();
  }

  @Test
  void isLarge_fromSixOn_andGoneBelowThree() {
    crowd.committed(4, 1, 1_000);
    assertThat(crowd.isLarge()).isFalse();
    assertThat(crowd.isGone()).isFalse();
    crowd.committed(4, 2, 1_000);
    assertThat(crowd.isLarge()).isTrue();
    crowd.committed(2, 0, 1_000);
    assertThat(crowd.isGone()).isTrue();
  }

  @Test
  void patienceNanos_isHalfOfTheLastCommitAndNeverLong() {
    crowd.committed(8, 0, 1_000);
    assertThat(crowd.patienceNanos()).isEqualTo(500);
    crowd.committed(8, 0, TimeUnit.SECONDS.toNanos(10));
    assertThat(crowd.patienceNanos()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1));
  }
}
