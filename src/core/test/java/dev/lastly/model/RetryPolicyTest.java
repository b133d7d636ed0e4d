package dev.lastly.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long it waits after each attempt, and which settings are refused. */
final class RetryPolicyTest {
  private static RetryPolicy.Builder policy() {
    return RetryPolicy.builder();
  }

  private static void assertRefused(Runnable setting, String... words) {
    assertThatThrownBy(setting::run)
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains(words);
  }

  @Test
  void defaults_unchanged_areThoseOfTheDocumentation() {
    assertThat(RetryPolicy.defaults())
        .hasToString(
            "RetryPolicy[maxAttempts=10, initialBackoff=PT1S, maxBackoff=PT5M, multiplier=2.0]");
    assertThat(RetryPolicy.defaults().maxAttempts()).isEqualTo(10);
  }

  @Test
  void backoffAfter_eachAttempt_growsUpToTheLongest() {
    RetryPolicy policy =
        policy()
            .initialBackoff(Duration.ofMillis(100))
            .maxBackoff(Duration.ofMillis(800))
            .multiplier(2.5)
            .build();
    assertThat(List.of(1, 2, 3, 4, 1000))
        .extracting(attempt -> policy.backoffAfter(attempt).toMillis())
        .containsExactly(100L, 250L, 625L, 800L, 800L);
  }

  @Test
  void backoffAfter_longestIsNoWholeNumberOfMillis_isNeverLonger() {
    Duration longest = Duration.ofNanos(200_000_001);
    RetryPolicy policy =
        policy().initialBackoff(Duration.ofMillis(100)).maxBackoff(longest).build();
    assertThat(policy.backoffAfter(2)).isEqualTo(longest);
    assertThat(policy.backoffAfter(3)).isEqualTo(longest);
  }

  @Test
  void backoffAfter_attemptsThatThereAreNot_areRefused() {
    assertRefused(() -> RetryPolicy.defaults().backoffAfter(0), "numbered from 1", "got 0");
    assertRefused(() -> RetryPolicy.defaults().backoffAfterCrash(0), "numbered from 1");
  }

  @Test
  void backoffAfterCrash_first_isNone_thenAsAfterAFailure() {
    RetryPolicy policy = policy().initialBackoff(Duration.ofSeconds(3)).build();
    assertThat(policy.backoffAfterCrash(1)).isZero();
    assertThat(policy.backoffAfterCrash(2)).isEqualTo(Duration.ofSeconds(6));
  }

  @Test
  void maxAttempts_outOfRange_isRefusedAndTheLimitsAreNot() {
    assertThat(policy().maxAttempts(1).build().maxAttempts()).isEqualTo(1);
    assertThat(policy().maxAttempts(1000).build().maxAttempts()).isEqualTo(1000);
    assertRefused(() -> policy().maxAttempts(0), "maxAttempts", "1 to 1000", "got 0");
    assertRefused(() -> policy().maxAttempts(1001), "got 1001");
  }

  @Test
  void multiplier_outOfRange_isRefusedAndTheLimitsAreNot() {
    assertThat(policy().multiplier(1).build().backoffAfter(5)).isEqualTo(Duration.ofSeconds(1));
    assertThat(policy().multiplier(100).build().backoffAfter(2)).isEqualTo(Duration.ofSeconds(100));
    assertRefused(() -> policy().multiplier(0.999), "multiplier", "1 to 100", "got 0.999");
    assertRefused(() -> policy().multiplier(100.001), "got 100.001");
    assertRefused(() -> policy().multiplier(Double.NaN), "got NaN");
  }

  @Test
  void backoff_outOfRange_isRefusedAndTheLimitsAreNot() {
    Duration longest = Duration.ofDays(7);
    assertThat(policy().maxBackoff(longest).initialBackoff(longest).build().backoffAfter(9))
        .isEqualTo(longest);
    assertThat(policy().initialBackoff(Duration.ZERO).build().backoffAfter(9)).isZero();
    assertRefused(() -> policy().initialBackoff(Duration.ofNanos(-1)), "initialBackoff", "PT168H");
    assertRefused(() -> policy().maxBackoff(longest.plusNanos(1)), "maxBackoff", "zero to PT168H");
  }

  @Test
  void build_firstWaitLongerThanTheLongest_isRefused() {
    RetryPolicy.Builder builder =
        policy().initialBackoff(Duration.ofSeconds(2)).maxBackoff(Duration.ofSeconds(1));
    assertRefused(builder::build, "initialBackoff PT2S", "maxBackoff PT1S");
  }
}
