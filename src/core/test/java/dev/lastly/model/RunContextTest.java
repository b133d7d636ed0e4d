package dev.lastly.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.RunContext.Origin;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** A function tested by itself, as its author would. */
final class RunContextTest {
  private static final Instant DEATH = Instant.parse("2026-11-29T12:00:00Z");
  private static final Duration SETTLE = Duration.ofSeconds(5);

  private static RunContext orphan(Duration afterDeath, int askedBefore) {
    return RunContext.builder()
        .function(7, 2)
        .claims(1)
        .origin(() -> new Origin(3, 99, DEATH, true, null, false, askedBefore, false))
        .clock(() -> DEATH.plus(afterDeath))
        .build();
  }

  @Test
  void current_outsideOfAFunction_saysWhatToDo() {
    assertThat(RunContext.find()).isEmpty();
    assertThatThrownBy(RunContext::current)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no deferred function runs in thread")
        .hasMessageContaining("RunContext.builder()");
  }

  @Test
  void call_nested_restoresTheOuter() {
    RunContext outer = RunContext.builder().build();
    RunContext inner = RunContext.builder().build();
    assertThat(
            outer.call(
                () -> {
                  assertThat(inner.call(RunContext::current)).isSameAs(inner);
                  return RunContext.current();
                }))
        .isSameAs(outer);
    assertThat(RunContext.find()).isEmpty();
  }

  @Test
  void builder_values_areTold() {
    RunContext context = orphan(Duration.ZERO, 0);
    assertThat(context.functionId()).isEqualTo(7);
    assertThat(context.attempt()).isEqualTo(2);
    assertThat(context.fencingNumber()).isEqualTo(1);
    assertThat(context.isOrphan()).isTrue();
    assertThat(context.isCancelled()).isFalse();
    assertThat(context.origin().pid()).isEqualTo(99);
    assertThat(RunContext.builder().build().isOrphan()).isFalse();
  }

  @Test
  void untilSettled_orphan_isTheRestOfTheTimeSinceTheDeath() {
    assertThat(orphan(Duration.ofSeconds(2), 0).untilSettled(SETTLE))
        .isEqualTo(Duration.ofSeconds(3));
    assertThat(orphan(Duration.ofSeconds(5), 0).isSettled(SETTLE)).isTrue();
    assertThat(orphan(Duration.ZERO, 0).isSettled(Duration.ZERO)).isTrue();
  }

  @Test
  void untilSettled_clockSteppedBack_isNeverLongerThanAsked() {
    assertThat(orphan(Duration.ofHours(-1), 0).untilSettled(SETTLE)).isEqualTo(SETTLE);
    assertThat(orphan(Duration.ofHours(-1), 19).isSettled(SETTLE)).isFalse();
    assertThat(orphan(Duration.ofHours(-1), 20).isSettled(SETTLE)).isTrue();
  }

  /** The wait of the first time may have been shortened to the longest backoff. */
  @Test
  void untilSettled_hasAskedBefore_stillWaitsForTheRest() {
    assertThat(orphan(Duration.ofSeconds(1), 1).untilSettled(SETTLE))
        .isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void untilSettled_ownerUnended_isAllOfIt() {
    RunContext context =
        RunContext.builder()
            .claims(1)
            .origin(() -> new Origin(3, 99, null, false, null, false, 0, false))
            .build();
    assertThat(context.untilSettled(SETTLE)).isEqualTo(SETTLE);
  }

  @Test
  void untilSettled_ofItsOwnJob_isZeroWithoutAQuestion() {
    RunContext context =
        RunContext.builder()
            .origin(
                () -> {
                  throw new AssertionError("it asked");
                })
            .build();
    assertThat(context.isSettled(SETTLE)).isTrue();
  }

  @Test
  void askAgain_always_throwsAndIsRemembered() {
    RunContext context = RunContext.builder().build();
    assertThatThrownBy(() -> context.askAgain(SETTLE))
        .hasMessage("the function asked to run again after PT5S")
        .satisfies(e -> assertThat(context.isAskedAgain(new RuntimeException(e))).isTrue());
    assertThat(context.askedAgain()).map(RunContext.AskedAgain::after).contains(SETTLE);
    assertThat(context.isAskedAgain(new RuntimeException("else"))).isFalse();
  }

  @Test
  void askAgain_withoutAPause_isRefused() {
    RunContext context = RunContext.builder().build();
    assertThatThrownBy(() -> context.askAgain(Duration.ofMillis(9)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PT0.01S at the earliest, not after PT0.009S");
    assertThat(context.askedAgain()).isEmpty();
  }
}
