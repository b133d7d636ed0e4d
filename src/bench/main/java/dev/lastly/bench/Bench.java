package dev.lastly.bench;

import dev.lastly.bench.report.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The environment of an experiment.
 *
 * @param budget how much to measure
 * @param data an empty directory on the file system that is measured
 * @param figures collects its figures
 */
public record Bench(Budget budget, Path data, Figures figures) {
  /** A new directory, which is deleted after the experiment. */
  public Path directory(String prefix) throws IOException {
    return Files.createTempDirectory(data, prefix);
  }
}
