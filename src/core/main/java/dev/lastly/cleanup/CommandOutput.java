package dev.lastly.cleanup;

import java.util.Objects;

/**
 * What a command that succeeded left behind. Immutable.
 *
 * @param exitCode its exit code
 * @param text its standard output and standard error in the order they came, read as UTF-8; if
 *     {@code truncated}, the first and the last part with a note of what is missing between
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
   * The text alone, for this is what is kept with an attempt.
   *
   * @return {@link #text}
   */
  @Override
  public String toString() {
    return text;
  }
}
