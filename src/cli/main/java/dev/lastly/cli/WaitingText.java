package dev.lastly.cli;

import dev.lastly.model.FunctionRow;
import java.util.Locale;

/** What is said of a function that waits because some process could not run it. */
final class WaitingText {
  /** For functions that perhaps no process can run. The reason says what is needed. */
  static final String ADVICE =
      "start a worker of the release that registered it ('from' in 'lastly show ID'), or run 'reap'"
          + " with its classes (--class-path), locale, user and namespaces. If no"
          + " process will ever be able to run it: 'lastly quarantine ID --reason TEXT', then"
          + " 'lastly discard ID --reason TEXT'";

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
