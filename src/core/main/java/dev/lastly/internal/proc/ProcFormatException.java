package dev.lastly.internal.proc;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file of {@code /proc} has text that its manual page does not describe. */
public final class ProcFormatException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final int EXCERPT = 400;

  ProcFormatException(String file, String page, String line, @Nullable Throwable cause) {
    super(file + " has a line that " + page + " does not describe: '" + excerpt(line) + "'", cause);
  }

  private static String excerpt(String line) {
    return line.length() <= EXCERPT ? line : line.substring(0, EXCERPT) + "…";
  }
}
