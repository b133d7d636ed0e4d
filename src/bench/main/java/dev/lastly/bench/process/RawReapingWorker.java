package dev.lastly.bench.process;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Locale;

/**
 * Recovers with the bare statements when it reads a line: {@code RawReapingWorker STATE LAYER}, see
 * {@link RawRecovery}. Prints functions per second.
 */
final class RawReapingWorker {
  private RawReapingWorker() {}

  public static void main(String[] args) throws IOException, SQLException {
    try (Loader loader = Loader.open(Path.of(args[0]))) {
      System.out.println("ready");
      if (System.in.read() < 0) {
        throw new IOException("the input ended before the line 'go'");
      }
      double rate = loader.recoverRaw(RawRecovery.Layer.valueOf(args[1]));
      System.out.printf(Locale.ROOT, "results rate=%.1f%n", rate);
    }
  }
}
