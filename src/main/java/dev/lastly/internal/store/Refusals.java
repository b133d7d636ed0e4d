package dev.lastly.internal.store;

import dev.lastly.internal.store.OperatorTable.Target;
import dev.lastly.model.FunctionState;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a person is told: what was done, or why not and what to do instead. The only legal moves of
 * a person are from quarantined, from deferred to cancelled, and of an orphan to quarantined.
 */
final class Refusals {
  private static final String FINAL = "that is final; defer it anew if it is to run again";

  private Refusals() {}

  static String missing(long id, long highest) {
    return id > highest || id < 1
        ? String.format(Locale.ROOT, "there is no function %d; the highest id is %d", id, highest)
        : String.format(
            Locale.ROOT,
            "function %d is not there any more: it was finished, and has been pruned",
            id);
  }

  /** Why not; null if it is possible. */
  static @Nullable String of(Records.Act act, Target target) {
    String why =
        switch (act.verb()) {
          case RETRY -> retry(target, act.now());
          case CANCEL -> cancel(target);
          case DISCARD -> discard(target);
          case QUARANTINE -> quarantine(target);
        };
    return why == null ? null : "function " + target.id() + " " + why;
  }

  private static @Nullable String retry(Target target, long now) {
    return switch (target.state()) {
      case QUARANTINED -> null;
      case RETRY_WAIT -> {
        Long due = target.notBefore();
        yield due != null && due <= now
            ? String.format(
                Locale.ROOT,
                "is due already: owner %d runs it next, or, if that has ended, the next reap does",
                target.ownerId())
            : null;
      }
      case DEFERRED ->
          "has not failed: it runs when its job ends, or its owner; use cancel to withdraw it";
      case RUNNING -> running(target);
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static @Nullable String cancel(Target target) {
    return switch (target.state()) {
      case DEFERRED -> null;
      case RUNNING -> running(target);
      case RETRY_WAIT ->
          String.format(
              Locale.ROOT,
              "has been started (%d of %d attempts), so it cannot be withdrawn any more; use"
                  + " discard once it is quarantined",
              target.attempts(),
              target.maxAttempts());
      case QUARANTINED -> "has been started, so it cannot be withdrawn any more; use discard";
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static @Nullable String discard(Target target) {
    return switch (target.state()) {
      case QUARANTINED -> null;
      case DEFERRED -> "has not been started; use cancel";
      case RUNNING -> running(target);
      case RETRY_WAIT ->
          String.format(
              Locale.ROOT,
              "has attempts left (%d of %d made) and is retried; only a quarantined function can be"
                  + " discarded%s",
              target.attempts(),
              target.maxAttempts(),
              target.orphaned() ? ": use quarantine first, if no process can run it" : "");
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static @Nullable String quarantine(Target target) {
    return switch (target.state()) {
      case DEFERRED, RUNNING, RETRY_WAIT ->
          target.orphaned()
              ? null
              : String.format(
                  Locale.ROOT,
                  "has an owner that has not ended, as far as anybody has recorded: owner %d,"
                      + " process %d; if 'lastly owners' says that it is dead, 'lastly reap'"
                      + " records that, and runs what it can, first; if nobody can tell, use reap"
                      + " with --force",
                  target.ownerId(),
                  target.ownerPid());
      case QUARANTINED -> "is quarantined already; use retry, or discard once for all";
      case DONE, CANCELLED, DISCARDED -> finished(target);
    };
  }

  private static String running(Target target) {
    if (target.orphaned()) {
      return String.format(
          Locale.ROOT,
          "was running when owner %d ended, in attempt %d; use reap to run it again, or quarantine"
              + " if no process can",
          target.ownerId(),
          target.attempts());
    }
    return String.format(
        Locale.ROOT,
        "is running: attempt %d, owner %d, process %d; wait for its outcome, or end that process"
            + " and let another worker take over",
        target.attempts(),
        target.ownerId(),
        target.ownerPid());
  }

  private static String finished(Target target) {
    return String.format(Locale.ROOT, "is %s, and %s", target.state().columnValue(), FINAL);
  }

  /** What was done, or would be. */
  static String done(Records.Act act, Target target) {
    String what =
        switch (act.verb()) {
          case CANCEL -> "is withdrawn: it will not run";
          case DISCARD -> "is given up: it will not run again";
          case QUARANTINE -> "is quarantined: no process runs it until a person decides";
          case RETRY ->
              target.state() == FunctionState.QUARANTINED
                  ? "gets further attempts, the next at once"
                  : "has its next attempt at once";
        };
    return "function " + target.id() + " " + what;
  }
}
