package dev.lastly.bench;

import dev.lastly.bench.report.Figures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What an experiment works with.
 *
 * @param budget how much it may take
 * @param data an empty directory on the file system that is measured
 * @param figures where its figures go
 */
public record Bench(Budget budget, Path data, Figures figures) {
  /** A new directory, thrown away after the experiment. */
  public Path directory(String prefix) throws IOException {
    return Files.createTempDirectory(data, prefix);
  }
}
