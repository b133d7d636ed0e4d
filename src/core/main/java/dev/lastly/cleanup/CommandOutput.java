package dev.lastly.cleanup;

import java.util.Objects;

/**
 * The result of a command that succeeded. Immutable.
 *
 * @param exitCode its exit code
 * @param text its standard output and standard error in the order of their arrival, read as UTF-8;
 *     if {@code truncated}, the first and the last part with a note between them
 * @param truncated whether some of the output is missing
 */
public record CommandOutput(int exitCode, String text, boolean truncated) {
  /**
   * Checks the parts.
   *
   * @param exitCode its exit code
   * @param text its output
   * @param truncated whether some of the output is missing
   */
  public CommandOutput {
    Objects.requireNonNull(text, "text");
  }

  /**
   * The text alone, which is what an attempt's row keeps.
   *
   * @return {@link #text}
   */
  @Override
  public String toString() {
    return text;
  }
}
