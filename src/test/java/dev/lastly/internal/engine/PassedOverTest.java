package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassedOverTest {
  private static final long NO_TIME = 0;
  private static final long AN_AGE = Duration.ofHours(1).toNanos();

  private long now = 1_000;
  private final PassedOver passedOver = new PassedOver(() -> now);

  @Test
  void contains_justLookedAt_onlyThatOwnerUntilSomethingComesBack() {
    assertThat(passedOver.contains(7, 1)).isFalse();
    passedOver.add(7, 1, NO_TIME, Long.MAX_VALUE);
    assertThat(passedOver.contains(7, 1)).isTrue();
    assertThat(passedOver.contains(8, 1)).isFalse();
    assertThat(passedOver.contains(7, 2)).as("a claim was given back").isFalse();
    passedOver.remove(7);
    assertThat(passedOver.contains(7, 1)).isFalse();
  }

  @Test
  void isDue_lookThatTookAnAge_comesAgainAllTheSameButNotAtOnce() {
    assertThat(passedOver.isDue()).isFalse();
    passedOver.add(7, 1, AN_AGE, Long.MAX_VALUE);
    assertThat(passedOver.isDue()).isFalse();
    assertThat(passedOver.contains(7, 1)).isTrue();
  }

  @Test
  void millisUntilRetry_aRetryIsDueBefore_looksAgainJustThen() {
    assertThat(passedOver.millisUntilRetry()).isEqualTo(Long.MAX_VALUE);
    passedOver.add(7, 1, AN_AGE, 6_000);
    passedOver.add(8, 1, AN_AGE, 9_000);
    assertThat(passedOver.millisUntilRetry()).isEqualTo(5_000);
    now = 6_000;
    assertThat(passedOver.millisUntilRetry()).isZero();
    assertThat(passedOver.isDue()).isTrue();
    assertThat(passedOver.contains(7, 1)).isFalse();
    assertThat(passedOver.contains(8, 1)).isTrue();
  }

  @Test
  void retain_ownersThatHaveLeftNothingMore_areForgotten() {
    passedOver.add(7, 1, AN_AGE, 500);
    passedOver.add(8, 1, AN_AGE, 6_000);
    assertThat(passedOver.millisUntilRetry()).isZero();
    passedOver.retain(List.of(8L));
    assertThat(passedOver.millisUntilRetry()).isEqualTo(5_000);
    passedOver.retain(List.of());
    assertThat(passedOver.millisUntilRetry()).isEqualTo(Long.MAX_VALUE);
    assertThat(passedOver.isDue()).isFalse();
  }
}
