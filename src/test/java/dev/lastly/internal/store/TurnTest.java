package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TurnTest {
  private static final long START = Long.MAX_VALUE - 10; // times wrap around
  private static final long STEP = Turn.SHORTEST_NANOS / 4;

  private final Turn turn = new Turn();

  @Test
  void isOver_neverUsed_isFalse() {
    assertThat(turn.isOver(START)).isFalse();
  }

  @Test
  void isOver_usedAllTheTime_isTrueAfterItsLength() {
    for (int i = 0; i < 4; i++) {
      assertThat(turn.isOver(START + i * STEP)).isFalse();
      turn.use(START + i * STEP);
    }
    assertThat(turn.isOver(START + 4 * STEP)).isTrue();
    turn.begin(START + 4 * STEP);
    assertThat(turn.isOver(START + 5 * STEP)).isFalse();
  }

  @Test
  void isLongOver_usedAllTheTime_isTrueAfterTwiceItsLength() {
    assertThat(turn.isLongOver(START)).isFalse();
    for (int i = 0; i < 8; i++) {
      assertThat(turn.isLongOver(START + i * STEP)).isFalse();
      turn.use(START + i * STEP);
    }
    assertThat(turn.isLongOver(START + 8 * STEP)).isTrue();
    assertThat(turn.isLongOver(START + 7 * STEP + Turn.SHORTEST_NANOS)).as("a pause").isFalse();
  }

  @Test
  void isUsed_forALengthAfterEachUse() {
    assertThat(turn.isUsed(START)).isFalse();
    turn.use(START);
    assertThat(turn.isUsed(START + Turn.SHORTEST_NANOS - 1)).isTrue();
    assertThat(turn.isUsed(START + Turn.SHORTEST_NANOS)).isFalse();
  }

  @Test
  void isOver_oneUseTookLongerThanATurn_isTrue() {
    turn.use(START);
    turn.keep(START + 10 * Turn.SHORTEST_NANOS);
    assertThat(turn.isOver(START + 10 * Turn.SHORTEST_NANOS + STEP)).isTrue();
    assertThat(turn.isOver(START + 11 * Turn.SHORTEST_NANOS)).as("after a pause").isFalse();
  }

  @Test
  void isOver_usedNowAndThen_isNever() {
    for (int i = 0; i < 10; i++) {
      long now = START + i * Turn.SHORTEST_NANOS;
      assertThat(turn.isOver(now)).isFalse();
      turn.use(now);
    }
    assertThat(turn.isOver(START + 9 * Turn.SHORTEST_NANOS + STEP)).isFalse();
  }

  @Test
  void waited_shortTimes_makesTurnsLonger() {
    for (int i = 0; i < 50; i++) {
      turn.waited(0);
    }
    assertThat(turn.lengthNanos()).isBetween(Turn.LONGEST_NANOS - 1, Turn.LONGEST_NANOS);
    turn.begin(START);
    for (int i = 1; i <= 4; i++) {
      turn.use(START + i * STEP);
    }
    assertThat(turn.isOver(START + 4 * STEP)).as("longer than the shortest").isFalse();
  }

  @Test
  void waited_longTimes_makesTurnsShortAgain() {
    for (int i = 0; i < 50; i++) {
      turn.waited(0);
    }
    turn.waited(Turn.LONG_WAIT_NANOS / 2);
    long middle = (Turn.SHORTEST_NANOS + Turn.LONGEST_NANOS) / 2;
    assertThat(turn.lengthNanos()).isBetween(middle, Turn.LONGEST_NANOS);
    for (int i = 0; i < 50; i++) {
      turn.waited(100 * Turn.LONG_WAIT_NANOS);
    }
    assertThat(turn.lengthNanos()).isEqualTo(Turn.SHORTEST_NANOS);
  }
}
