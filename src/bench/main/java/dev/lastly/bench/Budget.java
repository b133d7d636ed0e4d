package dev.lastly.bench;

import java.time.Duration;

/**
 * How much is measured. {@code SHORT} takes fewer samples than {@code FULL} of things of the same
 * size; {@code SMOKE} shows only that everything runs: its tables are smaller than the titles say,
 * and its figures mean nothing.
 */
public enum Budget {
  SMOKE(1, 1, 1, 200, 200, 500, 2, 1, 50),
  SHORT(1, 3, 3, 700, 2_000, 3_000, 10, 3, 1),
  FULL(3, 3, 5, 2_000, 2_000, 4_000, 20, 5, 1);

  private final int rounds;
  private final int duels;
  private final int iterations;
  private final int iterationMillis;
  private final int warmupMillis;
  private final int contentionMillis;
  private final int starts;
  private final int kills;
  private final int shrink;

  Budget(
      int rounds,
      int duels,
      int iterations,
      int iterationMillis,
      int warmupMillis,
      int contentionMillis,
      int starts,
      int kills,
      int shrink) {
    this.rounds = rounds;
    this.duels = duels;
    this.iterations = iterations;
    this.iterationMillis = iterationMillis;
    this.warmupMillis = warmupMillis;
    this.contentionMillis = contentionMillis;
    this.starts = starts;
    this.kills = kills;
    this.shrink = shrink;
  }

  /** How many rounds are measured: by rounds, so that a slow minute affects all alike. */
  int rounds() {
    return rounds;
  }

  /**
   * How often a round measures, in turn, the figures whose ratio is a goal. The turns keep a fast
   * minute from being compared with a slow one.
   */
  public int duels() {
    return duels;
  }

  /** How many measurements JMH takes in one JVM. */
  public int iterations() {
    return iterations;
  }

  /** How long each measurement is. */
  public Duration iteration() {
    return Duration.ofMillis(iterationMillis);
  }

  /**
   * How long each part of JMH's warm-up is. It is long even for a short measurement: if many
   * threads share few processors, the compilers get little time.
   */
  public Duration warmup() {
    return Duration.ofMillis(warmupMillis);
  }

  /** How long processes compete. */
  public long contentionMillis() {
    return contentionMillis;
  }

  /** How many JVMs of each kind are started to measure the start. */
  public int starts() {
    return starts;
  }

  /** How many reapers are killed. */
  public int kills() {
    return kills;
  }

  /** A number of rows: as given, or fewer in a smoke test. */
  public int rows(int real) {
    return real / shrink;
  }
}
