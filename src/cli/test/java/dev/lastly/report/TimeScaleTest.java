package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class TimeScaleTest {
  private static final Offset<Double> CLOSE = Offset.offset(1e-6);

  private static TimeScale scale(long... millis) {
    return TimeScale.of(LongStream.of(millis).mapToObj(Instant::ofEpochMilli).toList(), 100, 1_000);
  }

  private static double place(TimeScale scale, long millis) {
    return scale.place(Instant.ofEpochMilli(millis));
  }

  @Test
  void place_evenTimes_isInProportion() {
    TimeScale scale = scale(0, 100, 200, 300, 400);
    assertThat(place(scale, 100)).isEqualTo(350, CLOSE);
    assertThat(place(scale, 350)).isEqualTo(975, CLOSE);
    assertThat(scale.stretches()).hasSize(1);
  }

  @Test
  void place_outside_isAtTheNearerEnd() {
    TimeScale scale = scale(10, 20, 30);
    assertThat(place(scale, 0)).isEqualTo(100, CLOSE);
    assertThat(place(scale, 99)).isEqualTo(1_100, CLOSE);
  }

  @Test
  void place_oneMoment_isAtTheEnd() {
    assertThat(place(scale(5, 5), 5)).isEqualTo(1_100, CLOSE);
  }

  @Test
  void place_aWeekOfWaiting_isCutShort() {
    TimeScale scale = scale(0, 1_000, 2_000, 604_800_000, 604_801_000, 604_802_000);
    assertThat(scale.stretches()).hasSize(2);
    TimeScale.Stretch first = scale.stretches().get(0);
    assertThat(first.to()).isEqualTo(Instant.ofEpochMilli(2_000));
    assertThat(first.right() - first.left()).isEqualTo(1_000 / 1.4 / 2, CLOSE);
    assertThat(scale.stretches().get(1).left() - first.right()).isEqualTo(400 / 1.4, CLOSE);
  }

  @Test
  void stretches_waitsOfTwoKinds_onlyTheLongestAreCut() {
    TimeScale scale =
        scale(0, 2_000, 32_000, 34_000, 64_000, 50_000_000, 50_002_000, 50_032_000, 99_000_000);
    assertThat(scale.stretches()).hasSize(3);
  }

  @Property(tries = 300)
  void place_anyTimes_keepsTheirOrderWithinTheWidth(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(min = 0, max = 1L << 40) Long> times) {
    TimeScale scale = scale(times.stream().mapToLong(Long::longValue).toArray());
    List<Double> places = new ArrayList<>();
    times.stream().sorted().distinct().forEach(time -> places.add(place(scale, time)));
    assertThat(places).isSorted().allMatch(place -> place >= 100 && place <= 1_100 + 1e-6);
    assertThat(places.get(places.size() - 1)).isEqualTo(1_100, CLOSE);
  }

  @Property(tries = 300)
  void ticks_anyTimes_areApartAndFew(
      @ForAll @Size(min = 1, max = 60) List<@LongRange(min = 0, max = 1L << 40) Long> times) {
    TimeScale scale = scale(times.stream().mapToLong(Long::longValue).toArray());
    List<TimeAxis.Tick> ticks = TimeAxis.ticks(scale, 80);
    assertThat(ticks).isNotEmpty().hasSizeLessThanOrEqualTo(13);
    for (int i = 1; i < ticks.size(); i++) {
      assertThat(ticks.get(i).place() - ticks.get(i - 1).place()).isGreaterThanOrEqualTo(80);
    }
  }

  @Test
  void ticks_anHour_areAtRoundTimes() {
    Instant start = Instant.parse("2026-03-02T08:03:00Z");
    TimeScale scale = TimeScale.of(List.of(start, start.plusSeconds(3_600)), 0, 800);
    assertThat(TimeAxis.ticks(scale, 80))
        .extracting(TimeAxis.Tick::text)
        .containsExactly("08:10", "08:20", "08:30", "08:40", "08:50", "09:00");
    assertThat(TimeAxis.ticks(scale, 80))
        .extracting(TimeAxis.Tick::date)
        .containsExactly("Mar 2, 2026", "", "", "", "", "");
  }
}
