package dev.lastly.internal.spi;

import dev.lastly.model.FunctionState;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A function on which an operator wants to act, as its row is. Says whether the act is possible,
 * and answers the operator. The answers of all stores are the same. Immutable.
 *
 * @param id the function, as its store names it
 * @param state its state
 * @param attempts attempts begun so far
 * @param maxAttempts attempts before it is quarantined
 * @param due whether a retry that it waits for is due
 * @param owner its current or last owner
 * @param presumed the owner for which it was done as {@code unconfirmed}; null if it was not
 */
public record ActTarget(
    Object id,
    FunctionState state,
    int attempts,
    int maxAttempts,
    boolean due,
    Owner owner,
    @Nullable Object presumed) {
  private static final String FINAL = "that is final; to run it again, defer it again";

  /**
   * An owner.
   *
   * @param id as the store names it
   * @param pid its process
   * @param ended whether its end is recorded
   */
  public record Owner(Object id, long pid, boolean ended) {}

  /** What an operator wants to do. */
  public enum Verb {
    /** Further attempts for a quarantined function, or the next one of a waiting one at once. */
    RETRY,
    /** A function that has not started never runs. */
    CANCEL,
    /** A quarantined function never runs again. */
    DISCARD,
    /** An orphan that no process can run waits for an operator. */
    QUARANTINE;

    /** The name in the column {@code operator_action.action}. */
    public String columnValue() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Why the act is not possible, and what to do instead; null if it is. */
  public @Nullable String refusal(Verb verb) {
    String why =
        switch (verb) {
          case RETRY -> retry();
          case CANCEL -> cancel();
          case DISCARD -> discard();
          case QUARANTINE -> quarantine();
        };
    return why == null ? null : "function " + id + " " + why;
  }

  /** The answer that tells what was done, or would be. */
  public String done(Verb verb) {
    String what =
        switch (verb) {
          case CANCEL -> "is cancelled: it will not run";
          case DISCARD -> "is discarded: it will not run again";
          case QUARANTINE -> "is quarantined: no process runs it until an operator retries it";
          case RETRY ->
              state == FunctionState.QUARANTINED
                  ? "gets further attempts, the next at once"
                  : "has its next attempt at once";
        };
    return "function " + id + " " + what;
  }

  private @Nullable String retry() {
    return switch (state) {
      case QUARANTINED -> null;
      case RETRY_WAIT ->
          due
              ? String.format(
                  Locale.ROOT,
                  "is already due: owner %s runs it next, or the next reap if that owner has ended",
                  owner.id())
              : null;
      case DEFERRED ->
          "has not failed: it runs when its job or its owner ends; use cancel to prevent that";
      case RUNNING -> running();
      case UNCONFIRMED -> unconfirmed();
      case DONE, CANCELLED, DISCARDED -> finished();
    };
  }

  private @Nullable String cancel() {
    return switch (state) {
      case DEFERRED -> null;
      case RUNNING -> running();
      case RETRY_WAIT ->
          String.format(
              Locale.ROOT,
              "has been started (%d of %d attempts), so it can no longer be cancelled; use discard"
                  + " once it is quarantined",
              attempts,
              maxAttempts);
      case QUARANTINED -> "has been started, so it can no longer be cancelled; use discard";
      case UNCONFIRMED -> unconfirmed();
      case DONE, CANCELLED, DISCARDED -> finished();
    };
  }

  private @Nullable String discard() {
    return switch (state) {
      case QUARANTINED -> null;
      case DEFERRED -> "has not been started; use cancel";
      case RUNNING -> running();
      case RETRY_WAIT ->
          String.format(
              Locale.ROOT,
              "has attempts left (%d of %d made) and will be retried; only a quarantined function"
                  + " can be discarded%s",
              attempts,
              maxAttempts,
              owner.ended() ? ": use quarantine first, if no process can run it" : "");
      case UNCONFIRMED -> unconfirmed();
      case DONE, CANCELLED, DISCARDED -> finished();
    };
  }

  private @Nullable String quarantine() {
    return switch (state) {
      case DEFERRED, RUNNING, RETRY_WAIT ->
          owner.ended()
              ? null
              : String.format(
                  Locale.ROOT,
                  "has an owner that has not ended, according to its row: owner %s, process %d. If"
                      + " 'lastly owners' says that it is dead, run 'lastly reap' first: it records"
                      + " the death and runs the orphans that it can. If no process can tell, use"
                      + " reap with --force",
                  owner.id(),
                  owner.pid());
      case QUARANTINED -> "is already quarantined; use retry or discard";
      case UNCONFIRMED -> unconfirmed();
      case DONE, CANCELLED, DISCARDED -> finished();
    };
  }

  private String running() {
    if (owner.ended()) {
      return String.format(
          Locale.ROOT,
          "was running when owner %s ended, in attempt %d; use reap to run it again, or quarantine"
              + " if no process can",
          owner.id(),
          attempts);
    }
    return String.format(
        Locale.ROOT,
        "is running: attempt %d, owner %s, process %d; wait for its outcome, or end that process,"
            + " and another worker reaps it",
        attempts,
        owner.id(),
        owner.pid());
  }

  private String unconfirmed() {
    return String.format(
        Locale.ROOT,
        "was done while the death of owner %s was only presumed, and is done again when that is"
            + " proven; if you know that it is dead, use reap with --owner %s and --force",
        presumed,
        presumed);
  }

  private String finished() {
    return String.format(Locale.ROOT, "is %s, and %s", state.columnValue(), FINAL);
  }
}
