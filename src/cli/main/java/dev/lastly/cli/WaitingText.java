package dev.lastly.cli;

import dev.lastly.model.FunctionRow;
import java.util.Locale;

/** What is said of a function that waits because some process could not run it. */
final class WaitingText {
  private WaitingText() {}

  /** Why a function waits, in one line. */
  static String of(FunctionRow row, String reason) {
    return row.orphaned()
        ? "waits for a process that can run it: " + reason
        : String.format(
            Locale.ROOT,
            "the process of owner %d cannot run it; it waits for another process: %s",
            row.ownerId(),
            reason);
  }
}
