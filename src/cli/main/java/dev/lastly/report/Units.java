package dev.lastly.report;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Formats numbers, times and durations for people. Times are UTC. */
final class Units {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSS", Locale.ROOT).withZone(ZoneOffset.UTC);

  private static final long MOST_MILLIS = 8_640_000_000_000_000L;

  private Units() {}

  /** The id of a row: a number of a node, or a UUID of a fleet. */
  static String id(Object id) {
    return id instanceof Number ? "#" + id : id.toString();
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** A number with the singular or the plural of what is counted. */
  static String count(long number, String one, String many) {
    return count(number) + " " + (number == 1 ? one : many);
  }

  static String time(@Nullable Instant instant) {
    return instant == null ? "–" : TIME.format(instant);
  }

  static String bytes(long bytes) {
    if (bytes < 1_024) {
      return bytes + " B";
    }
    double value = bytes / 1_024.0;
    String[] units = {"KiB", "MiB", "GiB", "TiB"};
    int unit = 0;
    while (value >= 1_024 && unit < units.length - 1) {
      value /= 1_024;
      unit++;
    }
    return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
  }

  /** Formats a duration in at most two units; a negative one as zero, because clocks step back. */
  static String duration(Duration duration) {
    long millis = Math.max(0, duration.toMillis());
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 60_000) {
      return String.format(Locale.ROOT, "%.1f s", Math.floor(millis / 100.0) / 10);
    }
    long seconds = millis / 1_000;
    if (seconds < 3_600) {
      return two(seconds, 60, "min", "s");
    }
    return seconds < 86_400
        ? two(seconds / 60, 60, "h", "min")
        : two(seconds / 3_600, 24, "d", "h");
  }

  static String duration(Instant from, Instant to) {
    return duration(between(from, to));
  }

  static Duration between(Instant from, Instant to) {
    return Duration.ofMillis(millis(to) - millis(from));
  }

  /**
   * Milliseconds since 1970, limited to what JavaScript's Date can hold: rows may have any time.
   */
  static long millis(Instant instant) {
    return Math.max(-MOST_MILLIS, Math.min(MOST_MILLIS, instant.toEpochMilli()));
  }

  /** Milliseconds since a base; null if there is no time. */
  static @Nullable Long since(@Nullable Instant instant, long base) {
    return instant == null ? null : millis(instant) - base;
  }

  private static String two(long small, int ratio, String largeUnit, String smallUnit) {
    long rest = small % ratio;
    return small / ratio + " " + largeUnit + (rest == 0 ? "" : " " + rest + " " + smallUnit);
  }
}
