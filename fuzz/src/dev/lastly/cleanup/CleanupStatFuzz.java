package dev.lastly.cleanup;

import dev.lastly.fuzz.Oracle;
import dev.lastly.fuzz.StatLine;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The same for the parser of {@link Processes}: read wrong, it terminates another process. */
public final class CleanupStatFuzz {
  private CleanupStatFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.bytes(input);
    check(text, StatLine.read(text), StatLine.isOfKernel(text));
    check(StatLine.of(text), StatLine.expected(), true);
  }

  private static void check(String line, @Nullable StatLine expected, boolean mustBeRead) {
    ProcStat found;
    try {
      found = ProcStat.parse(line);
    } catch (IOException e) {
      Oracle.requireClear(e);
      Oracle.require(!mustBeRead, () -> "refused: " + line);
      return;
    }
    Oracle.require(
        expected != null && found.equals(numbers(expected)),
        () -> found + " was read, but it says " + expected + ": " + line);
  }

  private static @Nullable ProcStat numbers(StatLine line) {
    try {
      return new ProcStat(
          line.pid(),
          line.state(),
          Long.parseLong(line.parent()),
          Long.parseLong(line.session()),
          line.threads(),
          line.startTicks());
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
