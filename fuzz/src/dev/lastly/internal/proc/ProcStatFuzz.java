package dev.lastly.internal.proc;

import dev.lastly.fuzz.Oracle;
import dev.lastly.fuzz.StatLine;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads each input as a line of {@code /proc/<pid>/stat}, and as the name of a process in one. A
 * line that is read wrong makes a living owner look dead, or ends another process.
 */
public final class ProcStatFuzz {
  private ProcStatFuzz() {}

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
    } catch (ProcFormatException e) {
      Oracle.requireClear(e);
      Oracle.require(!mustBeRead, () -> "refused: " + line);
      return;
    }
    Oracle.require(
        expected != null
            && Objects.equals(
                found,
                new ProcStat(
                    expected.pid(),
                    expected.state(),
                    expected.parent(),
                    expected.session(),
                    expected.flags(),
                    expected.threads(),
                    expected.startTicks())),
        () -> found + " was read, but it says " + expected + ": " + line);
  }
}
