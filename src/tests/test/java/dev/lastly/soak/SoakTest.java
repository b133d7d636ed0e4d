package dev.lastly.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The soak finds what grows. For an hour: {@code make soak MINUTES=60}. */
class SoakTest {
  private static final Map<String, Double> FLAT =
      Map.of(
          "memory, MiB", 80.0,
          "descriptors", 30.0,
          "threads", 20.0,
          "files", 5.0,
          "directory, MiB", 20.0,
          "median, µs", 200.0,
          "p99, µs", 1_000.0,
          "a job every, µs", 2_000.0);

  private static List<Reading> readings(String grows, double each) {
    return IntStream.range(0, 100)
        .mapToObj(
            i -> {
              Map<String, Double> values = new TreeMap<>(FLAT);
              values.merge(grows, i * each, Double::sum);
              return new Reading(values);
            })
        .toList();
  }

  @Test
  void growth_flat_isNone() {
    assertThat(Reading.growth(readings("files", 0))).isEmpty();
  }

  @Test
  void growth_eachOfThem_isFound() {
    FLAT.forEach(
        (name, value) ->
            assertThat(Reading.growth(readings(name, value)))
                .singleElement()
                .asString()
                .startsWith(name));
  }

  /** Too short to tell growth from warm-up: only that it runs, kills, and nothing is left. */
  @Tag("campaign")
  @Test
  void soak_someSeconds_runsKillsAndLeavesNothing() throws Exception {
    assertThat(Soak.run(Duration.ofSeconds(6), 400)).noneMatch(line -> line.contains("killed"));
  }
}
