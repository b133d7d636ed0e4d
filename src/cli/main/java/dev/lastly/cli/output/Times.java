package dev.lastly.cli.output;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and formats durations and times for people. */
public final class Times {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private static final Map<String, Duration> UNITS =
      new TreeMap<>(
          Map.of(
              "ms", Duration.ofMillis(1),
              "s", Duration.ofSeconds(1),
              "m", Duration.ofMinutes(1),
              "h", Duration.ofHours(1),
              "d", Duration.ofDays(1)));

  private static final DateTimeFormatter LOCAL =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT);

  private Times() {}

  /**
   * Reads a duration.
   *
   * @param text a whole number and a unit: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 2h},
   *     {@code 7d}
   * @return the duration
   * @throws IllegalArgumentException if the text does not have this form
   */
  public static Duration parse(String text) {
    Matcher matcher = DURATION.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'"
              + Cells.fit(Cells.clean(text), 40)
              + "' is not a duration; give a whole number and a unit: 500ms, 30s, 5m, 2h, 7d");
    }
    Duration unit = UNITS.getOrDefault(matcher.group(2), Duration.ZERO);
    return unit.multipliedBy(Long.parseLong(matcher.group(1)));
  }

  /**
   * Formats a duration in one unit, rounded down.
   *
   * @param duration the duration
   * @return such as {@code 350 ms}, {@code 12 s}, {@code 3 min}, {@code 5 h}, {@code 2 d}; a
   *     negative duration counts as zero
   */
  public static String about(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    if (millis < 1000) {
      return millis + " ms";
    }
    long seconds = millis / 1000;
    if (seconds < 120) {
      return seconds + " s";
    }
    if (seconds < 7200) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
  }

  /**
   * Formats a time in the system's time zone.
   *
   * @param instant the time
   * @return the date and the time with milliseconds
   */
  public static String local(Instant instant) {
    return LOCAL.format(instant.atZone(ZoneId.systemDefault()));
  }
}
