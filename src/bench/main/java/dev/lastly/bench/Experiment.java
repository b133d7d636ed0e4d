package dev.lastly.bench;

/** One thing that is measured. */
@FunctionalInterface
public interface Experiment {
  /** Measures once, and adds its figures. */
  void run(Bench bench) throws Exception;
}
