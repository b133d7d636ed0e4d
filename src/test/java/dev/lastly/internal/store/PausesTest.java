package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PausesTest {
  private static final long START = Long.MAX_VALUE - 10; // times wrap around
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long TURN = 5 * MILLI;
  private static final long SPARED = 3 * MILLI;

  @Test
  void mayTry_firstFromTheBeginning_atOnceAndSoonAgain() {
    Pauses pauses = new Pauses(START, 0, false, TURN);
    assertThat(pauses.mayTry(true, START)).isTrue();
    assertThat(pauses.next(START)).isBetween(MILLI / 20, MILLI);
    assertThat(pauses.mayTry(true, START + 1)).isTrue();
  }

  @Test
  void mayTry_firstWithoutLuck_leavesWhoeverWritesAllButTheEndOfItsTurn() {
    Pauses pauses = new Pauses(START, 0, false, TURN);
    assertThat(pauses.mayTry(true, START)).isTrue();
    assertThat(pauses.mayTry(true, START + MILLI)).isFalse();
    assertThat(pauses.next(START + MILLI)).isEqualTo(SPARED);
    assertThat(pauses.mayTry(true, START + MILLI + SPARED)).isTrue();
  }

  @Test
  void mayTry_firstButHasBeenWriting_leavesWhoeverWritesAllButTheEndOfItsTurnAtOnce() {
    Pauses pauses = new Pauses(START, 0, true, TURN);
    assertThat(pauses.mayTry(true, START)).isFalse();
    assertThat(pauses.next(START)).isEqualTo(SPARED);
    assertThat(pauses.mayTry(true, START + SPARED)).isTrue();
    assertThat(pauses.mayTry(true, START + SPARED + MILLI)).isTrue();
  }

  @Test
  void mayTry_firstAtLast_leavesTheOneBeforeAllButTheEndOfItsTurn() {
    Pauses pauses = new Pauses(START, 0, false, TURN);
    assertThat(pauses.mayTry(false, START)).isFalse();
    assertThat(pauses.mayTry(false, START + 6 * MILLI)).isFalse();
    long noticed = START + 7 * MILLI;
    assertThat(pauses.mayTry(true, noticed)).isFalse();
    long pause = pauses.next(noticed);
    assertThat(pause).as("the turn may have begun a millisecond ago").isEqualTo(SPARED - MILLI);
    assertThat(pauses.mayTry(true, noticed + pause - 1)).isFalse();
    assertThat(pauses.mayTry(true, noticed + pause)).isTrue();
    assertThat(pauses.next(noticed + pause)).isLessThan(MILLI);
  }

  @Test
  void mayTry_firstAfterALongSleep_atOnceBecauseTheTurnIsProbablyOver() {
    Pauses pauses = new Pauses(START, 40 * MILLI, false, TURN);
    assertThat(pauses.mayTry(false, START)).isFalse();
    assertThat(pauses.mayTry(true, START + 20 * MILLI)).isTrue();
  }

  @Test
  void mayTry_turnsAreShort_atOnce() {
    Pauses pauses = new Pauses(START, 0, true, 2 * MILLI - 1);
    assertThat(pauses.mayTry(true, START)).isTrue();
  }

  @Test
  void next_behind_halfOfTheRestThenShort() {
    Pauses pauses = new Pauses(START, 40 * MILLI, false, TURN);
    assertThat(pauses.mayTry(false, START)).isFalse();
    assertThat(pauses.next(START)).isEqualTo(20 * MILLI);
    assertThat(pauses.next(START + 20 * MILLI)).isEqualTo(10 * MILLI);
    assertThat(pauses.next(START + 60 * MILLI)).isBetween(MILLI, 2 * MILLI);
  }
}
