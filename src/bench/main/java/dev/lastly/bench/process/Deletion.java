package dev.lastly.bench.process;

import dev.lastly.bench.Bench;
import dev.lastly.bench.Experiment;
import dev.lastly.bench.report.Metric;
import dev.lastly.cleanup.Cleanup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The time to delete a tree of a million entries, in turn by {@code Cleanup.deleteTree} and by
 * {@code rm -rf}: a thousand directories with 999 empty files each.
 */
public final class Deletion implements Experiment {
  private static final String GROUP = "Deleting a directory tree of 1,000,000 entries";

  /** By {@code Cleanup.deleteTree}. */
  public static final Metric DELETE_TREE = new Metric(GROUP, "Cleanup.deleteTree", "ms");

  /** By rm(1), with the start of its process. */
  public static final Metric RM = new Metric(GROUP, "rm -rf", "ms");

  private static final int DIRECTORIES = 1_000;
  private static final int FILES = 999;

  @Override
  public void run(Bench bench) throws Exception {
    for (int i = 0; i < bench.budget().duels(); i++) {
      Path ours = tree(bench, "ours");
      Path others = tree(bench, "others");
      long start = System.nanoTime();
      Cleanup.deleteTree(ours);
      long between = System.nanoTime();
      int status = new ProcessBuilder("rm", "-rf", others.toString()).start().waitFor();
      long end = System.nanoTime();
      if (status != 0) {
        throw new IOException("rm -rf " + others + " exited with " + status);
      }
      bench.figures().add(DELETE_TREE, (between - start) / 1e6);
      bench.figures().add(RM, (end - between) / 1e6);
    }
  }

  private static Path tree(Bench bench, String prefix) throws IOException {
    Path tree = bench.directory(prefix);
    for (int d = 0; d < bench.budget().rows(DIRECTORIES); d++) {
      Path directory = Files.createDirectory(tree.resolve("directory-" + d));
      for (int f = 0; f < FILES; f++) {
        Files.createFile(directory.resolve("file-" + f));
      }
    }
    return tree;
  }
}
