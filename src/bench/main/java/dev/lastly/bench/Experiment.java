package dev.lastly.bench;

/** A measurement. */
@FunctionalInterface
public interface Experiment {
  /** Measures once, and adds its figures. */
  void run(Bench bench) throws Exception;
}
