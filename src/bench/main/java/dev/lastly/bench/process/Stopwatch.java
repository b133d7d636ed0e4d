package dev.lastly.bench.process;

import java.util.Arrays;
import java.util.List;

/** Times single calls. */
final class Stopwatch {
  private Stopwatch() {}

  /** What is timed. */
  @FunctionalInterface
  interface Call {
    void make() throws Exception;
  }

  /** The median of the time that one of so many calls takes, in microseconds. */
  static double median(int calls, Call call) throws Exception {
    double[] micros = new double[calls];
    for (int i = 0; i < calls; i++) {
      long start = System.nanoTime();
      call.make();
      micros[i] = (System.nanoTime() - start) / 1e3;
    }
    Arrays.sort(micros);
    return micros[calls / 2];
  }

  /** The one in the middle. */
  static double middle(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
