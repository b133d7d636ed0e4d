package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.spi.FunctionStore.Version;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.OwnerId;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a reaper looks again at owners that it left alone. */
final class ReaperTest {
  private static final long NO_TIME = 0;
  private static final long AN_AGE = Duration.ofHours(1).toNanos();

  private static final OwnerId ONE = new OwnerId(7L);
  private static final OwnerId OTHER = new OwnerId(8L);
  private static final Version BEFORE = new Version(1L);
  private static final Version AFTER = new Version(2L);

  private long now = 1_000;
  private final Reaper.PassedOver passedOver = new Reaper.PassedOver(() -> new Moment(now));

  @Test
  void contains_justLookedAt_onlyThatOwnerUntilSomethingComesBack() {
    assertThat(passedOver.contains(ONE, BEFORE)).isFalse();
    passedOver.add(ONE, BEFORE, NO_TIME, null);
    assertThat(passedOver.contains(ONE, BEFORE)).isTrue();
    assertThat(passedOver.contains(OTHER, BEFORE)).isFalse();
    assertThat(passedOver.contains(ONE, AFTER)).as("a claim was given back").isFalse();
    passedOver.remove(ONE);
    assertThat(passedOver.contains(ONE, BEFORE)).isFalse();
  }

  @Test
  void isDue_lookThatTookAnAge_comesAgainAllTheSameButNotAtOnce() {
    assertThat(passedOver.isDue()).isFalse();
    passedOver.add(ONE, BEFORE, AN_AGE, null);
    assertThat(passedOver.isDue()).isFalse();
    assertThat(passedOver.contains(ONE, BEFORE)).isTrue();
  }

  @Test
  void millisUntilRetry_aRetryIsDueBefore_looksAgainJustThen() {
    assertThat(passedOver.millisUntilRetry()).isEqualTo(Long.MAX_VALUE);
    passedOver.add(ONE, BEFORE, AN_AGE, new Moment(6_000));
    passedOver.add(OTHER, BEFORE, AN_AGE, new Moment(9_000));
    assertThat(passedOver.millisUntilRetry()).isEqualTo(5_000);
    now = 6_000;
    assertThat(passedOver.millisUntilRetry()).isZero();
    assertThat(passedOver.isDue()).isTrue();
    assertThat(passedOver.contains(ONE, BEFORE)).isFalse();
    assertThat(passedOver.contains(OTHER, BEFORE)).isTrue();
  }

  @Test
  void retain_ownersThatHaveLeftNothingMore_areForgotten() {
    passedOver.add(ONE, BEFORE, AN_AGE, new Moment(500));
    passedOver.add(OTHER, BEFORE, AN_AGE, new Moment(6_000));
    assertThat(passedOver.millisUntilRetry()).isZero();
    passedOver.retain(List.of(OTHER));
    assertThat(passedOver.millisUntilRetry()).isEqualTo(5_000);
    passedOver.retain(List.of());
    assertThat(passedOver.millisUntilRetry()).isEqualTo(Long.MAX_VALUE);
    assertThat(passedOver.isDue()).isFalse();
  }
}
