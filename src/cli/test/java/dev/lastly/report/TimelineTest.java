package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TimelineTest {
  private static final Instant START = Samples.START;
  private static final Instant END = at(100);
  private static final Instant NOW = at(200);

  private static Instant at(long second) {
    return START.plusSeconds(second);
  }

  /** An owner that registered something in second 5 and began an attempt in second 7. */
  private static Timeline.Lane lane(@Nullable Instant closed, String reason) {
    Timeline.JobBar job = new Timeline.JobBar("j", at(2), END, at(5), 3);
    Timeline.Mark mark = new Timeline.Mark(at(7), Timeline.Mark.Kind.CRASHED);
    return new Timeline.Lane(
        NodeData.owner(Samples.owner(1, "w", START, closed, reason, 2)),
        List.of(job),
        List.of(mark));
  }

  @Test
  void lived_ownerThatDied_untilTheLastThingThatItDid() {
    assertThat(lane(END, "died").lived(NOW)).isEqualTo(at(7));
    assertThat(lane(END, "forced").lived(NOW)).isEqualTo(at(7));
    assertThat(new Timeline.Lane(lane(END, "died").owner(), List.of(), List.of()).lived(NOW))
        .isEqualTo(START);
  }

  @Test
  void lived_clockWasSetBack_notBeyondTheEnd() {
    assertThat(lane(at(3), "died").lived(NOW)).isEqualTo(at(3));
  }

  @Test
  void lived_ownerThatClosedOrLives_untilThen() {
    assertThat(lane(END, "closed").lived(NOW)).isEqualTo(END);
    assertThat(lane(null, "closed").lived(NOW)).isEqualTo(NOW);
  }
}
