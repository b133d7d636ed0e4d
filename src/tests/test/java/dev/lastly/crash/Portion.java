package dev.lastly.crash;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Which part of all kills and faults a long run makes: all, unless its caller says {@code
 * -Dlastly.crash.scenarios=cancel,run-now} or {@code -Dlastly.crash.step=10}. Immutable.
 *
 * @param step of so many places one is taken
 * @param first which of the first so many, from 0
 */
record Portion(int step, int first) {
  Portion {
    if (step < 1 || first < 0 || first >= step) {
      throw new IllegalArgumentException("place " + first + " of every " + step);
    }
  }

  /** That of this run, from a random place on, which {@code -Dlastly.crash.seed} repeats. */
  static Portion ofThisRun() {
    int step = Integer.getInteger("lastly.crash.step", 1);
    long seed = Long.getLong("lastly.crash.seed", System.nanoTime());
    if (step > 1) {
      System.out.printf("-Dlastly.crash.seed=%d%n", seed);
    }
    return new Portion(step, new Random(seed).nextInt(step));
  }

  /** The scenarios of this run; JUnit calls this. */
  static Stream<Scenario> scenarios() {
    return scenarios(System.getProperty("lastly.crash.scenarios", ""));
  }

  /** The scenarios with these names; all, if there are none. */
  static Stream<Scenario> scenarios(String names) {
    return names.isEmpty()
        ? Arrays.stream(Scenario.values())
        : Arrays.stream(names.split(",", -1)).map(Portion::scenario);
  }

  private static Scenario scenario(String name) {
    return Arrays.stream(Scenario.values())
        .filter(one -> name(one).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no scenario '"
                        + name
                        + "'; expected some of "
                        + Arrays.stream(Scenario.values()).map(Portion::name).toList()));
  }

  private static String name(Scenario scenario) {
    return scenario.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The chosen ones of these numbers; the last, if they are too few. */
  int[] of(int... numbers) {
    int from = Math.max(0, Math.min(first, numbers.length - 1));
    return IntStream.range(from, numbers.length)
        .filter(i -> (i - from) % step == 0)
        .map(i -> numbers[i])
        .toArray();
  }

  /** The chosen ones of 1, 2, 3 …, without end. */
  IntStream all() {
    return IntStream.iterate(1 + first, n -> n + step);
  }
}
