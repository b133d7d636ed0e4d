package dev.lastly.crash;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What part of all kills and faults a long run makes: all, unless its caller says {@code
 * -Dlastly.crash.scenarios=cancel,run-now} or {@code -Dlastly.crash.step=10}. Stateless.
 */
final class Portion {
  private static final int STEP = Integer.getInteger("lastly.crash.step", 1);
  private static final String SCENARIOS = System.getProperty("lastly.crash.scenarios", "");

  private Portion() {}

  /** The scenarios that are played; JUnit calls this. */
  static Stream<Scenario> scenarios() {
    return SCENARIOS.isEmpty()
        ? Arrays.stream(Scenario.values())
        : Arrays.stream(SCENARIOS.split(",", -1))
            .map(name -> Scenario.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')));
  }

  /** Every so many-th of these numbers, from a random one of the first on. */
  static IntStream of(int... numbers) {
    int first = first();
    return IntStream.range(0, numbers.length).filter(i -> i % STEP == first).map(i -> numbers[i]);
  }

  /** Every so many-th number, from a random one of the first on, without end. */
  static IntStream all() {
    return IntStream.iterate(1 + first(), n -> n + STEP);
  }

  private static int first() {
    long seed = Long.getLong("lastly.crash.seed", System.nanoTime());
    if (STEP > 1) {
      System.out.printf("-Dlastly.crash.seed=%d%n", seed);
    }
    return new Random(seed).nextInt(STEP);
  }
}
