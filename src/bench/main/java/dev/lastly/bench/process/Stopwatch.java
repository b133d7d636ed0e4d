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

  /** The median time of a call, in microseconds. */
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

  /** The median. */
  static double middle(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }
}
