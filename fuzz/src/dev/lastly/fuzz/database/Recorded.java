package dev.lastly.fuzz.database;

import java.util.ArrayList;
import java.util.List;

/** What the rows call. Each call is remembered, and leaves nothing else behind. */
public final class Recorded {
  private static final List<String> CALLS = new ArrayList<>();

  private Recorded() {}

  /** Returns normally. */
  public static void done(String what, int number) {
    CALLS.add("done " + what + " " + number);
  }

  /** Throws. */
  public static void failed(String what, int number) {
    CALLS.add("failed " + what + " " + number);
    throw new IllegalStateException("planned");
  }

  /** Ends the process that runs it, unless it is the one that looks for faults. */
  public static void killed(String what, int number) {
    CALLS.add("killed " + what + " " + number);
    if (FuzzedHistory.isBeingMade()) {
      Runtime.getRuntime().halt(0);
    }
  }

  /** Forgets, and returns what there was. */
  static List<String> take() {
    List<String> calls = List.copyOf(CALLS);
    CALLS.clear();
    return calls;
  }
}
