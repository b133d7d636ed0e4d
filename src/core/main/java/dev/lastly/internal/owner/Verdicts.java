package dev.lastly.internal.owner;

import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.model.Verdict;
import java.util.Locale;

/** The verdict table: a pure function from evidence to verdict. */
final class Verdicts {
  private Verdicts() {}

  /** Returns the finding of the first line of the table that matches. */
  static Finding of(Witnesses seen) {
    String who = who(seen.owner().identity());
    if (seen.ended()) {
      return new Finding(Verdict.DEAD, "its row says that it has ended");
    }
    return switch (seen.holder()) {
      case THIS_JVM -> new Finding(Verdict.ALIVE, "it is a manager of this JVM");
      case ANOTHER_PROCESS ->
          new Finding(Verdict.ALIVE, "its lock byte " + seen.owner().id() + " is held");
      case NOBODY -> lockFree(seen, who);
      case UNUSABLE -> lockUnusable(seen, who);
    };
  }

  private static Finding lockFree(Witnesses seen, String who) {
    String free = "lock byte " + seen.owner().id() + " is free";
    return switch (seen.sighting()) {
      case RUNNING -> new Finding(Verdict.ALIVE, free + ", yet " + who + " runs", true);
      case ENDING -> new Finding(Verdict.ALIVE, free + ", but " + who + " has not ended yet");
      case GONE -> new Finding(Verdict.DEAD, free + " and " + who + " is gone");
      case UNREADABLE -> new Finding(Verdict.DEAD, free + "; " + who + notComparable(seen));
    };
  }

  private static Finding lockUnusable(Witnesses seen, String who) {
    String lock =
        seen.sameLockFile()
            ? "its lock byte cannot be probed"
            : "the lock file is not the one it registered with";
    return switch (seen.sighting()) {
      case RUNNING, ENDING -> new Finding(Verdict.ALIVE, lock + ", but " + who + " runs");
      case GONE ->
          seen.sameLockFile()
              ? new Finding(Verdict.UNKNOWN, lock + "; " + who + " is gone")
              : new Finding(Verdict.DEAD, lock + " and " + who + " is gone");
      case UNREADABLE -> new Finding(Verdict.UNKNOWN, lock + "; " + who + notComparable(seen));
    };
  }

  private static String who(OwnerIdentity process) {
    return String.format(
        Locale.ROOT, "process %d (start tick %d)", process.pid(), process.startTicks());
  }

  private static String notComparable(Witnesses seen) {
    OwnerIdentity owner = seen.owner().identity();
    if (!seen.self().sameBoot(owner)) {
      return " belongs to boot " + owner.bootId();
    }
    if (!seen.self().samePidNamespace(owner)) {
      return " belongs to pid namespace " + owner.pidNamespace();
    }
    return " cannot be seen from here";
  }
}
