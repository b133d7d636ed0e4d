package dev.lastly.fleet.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.fleet.internal.Silence.Silent;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Only an unbroken watch proves silence. */
final class SilenceTest {
  private static final Duration TTL = Duration.ofMillis(100);
  private static final UUID NODE = new UUID(0, 1);

  private final Silence silence = new Silence(Duration.ofMillis(60));

  private List<Silent> look(long at, long beats) {
    List<Silent> seen = List.of(new Silent(NODE, beats, TTL));
    silence.look(seen, at, at + 1);
    return silence.silentFor(Duration.ofMillis(150), seen, at);
  }

  @Test
  void look_beatsStandStillLongEnough_isSilent() {
    for (long at = 1_000; at <= 1_150; at += 50) {
      assertThat(look(at, 7)).isEmpty();
    }
    assertThat(look(1_200, 7)).extracting(Silent::id).containsExactly(NODE);
  }

  @Test
  void look_itBeats_beginsAgain() {
    look(1_000, 7);
    look(1_050, 7);
    look(1_100, 8);
    look(1_150, 8);
    assertThat(look(1_200, 8)).isEmpty();
    assertThat(look(1_250, 8)).isEmpty();
    assertThat(look(1_300, 8)).hasSize(1);
  }

  @Test
  void look_itsLeaseWasGoodMeanwhile_beginsAgain() {
    look(1_000, 7);
    look(1_050, 7);
    silence.look(List.of(), 1_100, 1_101);
    look(1_150, 7);
    assertThat(look(1_200, 7)).isEmpty();
  }

  @Test
  void look_cameLate_beginsAgain() {
    look(1_000, 7);
    look(1_050, 7);
    look(1_112, 7); // 61 ms after the answer of the last one
    look(1_150, 7);
    assertThat(look(1_200, 7)).isEmpty();
    assertThat(look(1_250, 7)).isEmpty();
    assertThat(look(1_300, 7)).hasSize(1);
  }

  @Test
  void look_oneFailed_beginsAgain() {
    look(1_000, 7);
    look(1_050, 7);
    silence.interrupt();
    look(1_100, 7);
    look(1_150, 7);
    assertThat(look(1_200, 7)).isEmpty();
  }

  @Test
  void firstEndsAt_isWhenTheNextLookFindsItSilent() {
    Duration time = Duration.ofMillis(150);
    assertThat(silence.firstEndsAt(time)).isEqualTo(Long.MAX_VALUE);
    look(1_000, 7);
    assertThat(silence.firstEndsAt(time)).isEqualTo(1_151);
    assertThat(silence.firstEndsAt(Duration.ZERO)).as("a time-to-live").isEqualTo(1_101);
    look(1_050, 7);
    look(1_100, 7);
    assertThat(look(1_150, 7)).isEmpty();
    assertThat(look(1_151, 7)).hasSize(1);
  }

  @Test
  void silentFor_ttlIsLonger_counts() {
    List<Silent> seen = List.of(new Silent(NODE, 7, TTL));
    silence.look(seen, 1_000, 1_001);
    silence.look(seen, 1_050, 1_051);
    assertThat(silence.silentFor(Duration.ZERO, seen, 1_050)).isEmpty();
    silence.look(seen, 1_101, 1_102);
    assertThat(silence.silentFor(Duration.ZERO, seen, 1_101)).hasSize(1);
  }
}
