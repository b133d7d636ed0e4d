package dev.lastly.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The marks of a time scale: as many as fit, at round times where possible. */
final class TimeAxis {
  private static final long[] STEPS = {
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    604_800_000
  };
  private static final DateTimeFormatter DATE = format("MMM d");
  private static final DateTimeFormatter YEAR = format("uuuu");

  private final double room;
  private final List<Tick> ticks = new ArrayList<>();
  private String date = "";
  private String year = "";

  /**
   * A mark.
   *
   * @param place where it is
   * @param text its time of day
   * @param date its day, if that differs from the mark before, with the year if that differs; else
   *     empty
   */
  record Tick(double place, String text, String date) {}

  private TimeAxis(double room) {
    this.room = room;
  }

  /** Marks with at least so much room between them. */
  static List<Tick> ticks(TimeScale scale, double room) {
    TimeAxis axis = new TimeAxis(room);
    scale.stretches().forEach(axis::add);
    return axis.ticks;
  }

  private void add(TimeScale.Stretch stretch) {
    long from = stretch.from().toEpochMilli();
    long to = stretch.to().toEpochMilli();
    double width = stretch.right() - stretch.left();
    if (width < room) { // includes a stretch of width 0, for which no step is long enough
      add(stretch.left(), stretch.from(), Math.max(1_000, (to - from) / 60));
      return;
    }
    long step = step(width / Math.max(1, to - from));
    long first = Math.floorDiv(from + step - 1, step) * step;
    if (first > to) {
      add(stretch.left(), stretch.from(), Math.max(1_000, step / 60));
      return;
    }
    for (long time = first; time <= to; time += step) {
      double place = stretch.left() + (time - from) * width / (to - from);
      add(place, Instant.ofEpochMilli(time), step);
    }
  }

  private long step(double widthOfMillisecond) {
    for (long step : STEPS) {
      if (step * widthOfMillisecond >= room) {
        return step;
      }
    }
    long step = STEPS[STEPS.length - 1];
    while (step * widthOfMillisecond < room) {
      step *= 2;
    }
    return step;
  }

  private void add(double place, Instant time, long step) {
    if (!ticks.isEmpty() && place - ticks.get(ticks.size() - 1).place() < room) {
      return;
    }
    String day = DATE.format(time);
    String inYear = YEAR.format(time);
    String shown = inYear.equals(year) ? day : day + ", " + inYear;
    boolean same = day.equals(date) && inYear.equals(year);
    ticks.add(new Tick(place, text(time, step), same ? "" : shown));
    date = day;
    year = inYear;
  }

  private static String text(Instant time, long step) {
    String pattern = step < 1_000 ? "HH:mm:ss.SSS" : step < 60_000 ? "HH:mm:ss" : "HH:mm";
    return format(pattern).format(time);
  }

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).withZone(ZoneOffset.UTC);
  }
}
