package dev.lastly.internal.row;

import dev.lastly.internal.row.Circumstances.Function;
import dev.lastly.internal.row.Circumstances.OwnerSeen;
import dev.lastly.internal.row.Circumstances.OwnerSeen.Sight;
import dev.lastly.internal.row.Circumstances.Refused;
import dev.lastly.internal.text.CallText;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import dev.lastly.model.WaitingReason.Cause;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Says why a function waits, and what helps. All that looks, on a node or in a fleet, shows this
 * answer. It reads no file, because a dead network mount must not stop a reader. For one function.
 */
public final class Explanation {
  /** As much of a digest as a message about it shows. */
  private static final int SHORT = 16;

  /** Code that every process with Lastly has. */
  private static final String BUILT_IN = "dev.lastly.cleanup.";

  private final Function function;
  private final OwnerSeen owner;
  private final @Nullable Refused report;
  private final String where;

  private Explanation(Circumstances seen) {
    this.function = seen.function();
    this.owner = seen.owner();
    this.report = seen.report();
    this.where = seen.where();
  }

  /** Why the function waits; null if it is done, cancelled or discarded. */
  public static @Nullable WaitingReason of(Circumstances seen) {
    FunctionState state = seen.function().state();
    return state.isFinal() ? null : new Explanation(seen).waiting();
  }

  private WaitingReason waiting() {
    if (function.state() == FunctionState.QUARANTINED) {
      return quarantined();
    }
    if (function.state() == FunctionState.UNCONFIRMED) {
      return unconfirmed();
    }
    if (owner.sight() == Sight.UNKNOWN) {
      return ownerUnknown();
    }
    Refused refused = report;
    boolean gone = owner.sight() == Sight.GONE;
    if (refused != null) {
      return gone ? orphanRefused(refused) : ownerRefused(refused);
    }
    return gone ? orphan() : ofLivingOwner();
  }

  private WaitingReason quarantined() {
    String retry = "lastly retry " + function.id() + where;
    return new WaitingReason(
        Cause.QUARANTINED,
        format(
            "it is quarantined after %d of %d attempts, and waits for an operator%s",
            function.attempts(), function.maxAttempts(), after(function.lastError())),
        retry,
        format(
            "correct the cause, then \"%s\"; or give it up: \"lastly discard %s --reason TEXT%s\"",
            retry, function.id(), where),
        null,
        null);
  }

  private WaitingReason unconfirmed() {
    return new WaitingReason(
        Cause.UNCONFIRMED,
        format("it is done, for owner %s, which is only presumed dead", owner.id()),
        force(),
        format(
            "if the owner's machine comes back, it runs again by itself; if it never does: \"%s\"",
            force()),
        null,
        null);
  }

  private WaitingReason ownerUnknown() {
    return new WaitingReason(
        Cause.OWNER_UNKNOWN,
        format("it is unknown whether owner %s lives%s", owner.id(), after(owner.evidence())),
        force(),
        format("only if you know that owner %s is dead: \"%s\"", owner.id(), force()),
        null,
        null);
  }

  private String force() {
    return format("lastly reap --owner %s --force --reason TEXT%s", owner.id(), where);
  }

  private WaitingReason orphanRefused(Refused refused) {
    return new WaitingReason(
        Cause.UNRESOLVABLE,
        format(
            "owner %s (%s) cannot run it: %s", refused.by(), refused.process(), refused.reason()),
        reap(),
        whoCan(refused),
        function.due(),
        reported(refused));
  }

  private WaitingReason ownerRefused(Refused refused) {
    return new WaitingReason(
        Cause.UNRESOLVABLE,
        format(
            "the process of owner %s cannot run it; it waits for another process: %s",
            owner.id(), refused.reason()),
        null, // another process gets it when this owner has ended
        whoCan(refused),
        function.due(),
        reported(refused));
  }

  private static WaitingReason.Report reported(Refused refused) {
    return new WaitingReason.Report(refused.by().toString(), refused.at());
  }

  private String whoCan(Refused refused) {
    String giveUp =
        format(
            "If no process will ever be able to run it: \"lastly quarantine %1$s --reason"
                + " TEXT%2$s\", then \"lastly discard %1$s --reason TEXT%2$s\"",
            function.id(), where);
    if (!refused.ofCode() || isBuiltIn()) {
      return format(
          "start a worker for which that is not so, or run \"%s\" in such a place: with that"
              + " locale, user, namespaces and files. %s",
          reap(), giveUp);
    }
    String digest = function.classDigest();
    String build =
        digest == null
            ? ""
            : format(
                ", with the build in which its class has the digest %s",
                digest.substring(0, Math.min(SHORT, digest.length())));
    return format(
        "start a worker of the release that registered it (%s), or run \"%s\"%s. %s",
        function.origin(), reap(), build, giveUp);
  }

  private WaitingReason orphan() {
    String gone = format("owner %s is gone%s", owner.id(), after(owner.evidence()));
    String toDo = format("start a worker, or run \"%s\"", reap());
    if (function.state() == FunctionState.RUNNING) {
      return new WaitingReason(
          Cause.CUT_OFF,
          format(
              "%s. That cut off attempt %d of %d, and no process has claimed it yet",
              gone, function.attempts(), function.maxAttempts()),
          reap(),
          toDo,
          null,
          null);
    }
    if (function.due() != null) {
      return later(gone + ", and the next process that can run it waits: ", toDo);
    }
    return new WaitingReason(
        Cause.UNCLAIMED, gone + ", and no process has claimed it yet", reap(), toDo, null, null);
  }

  private WaitingReason ofLivingOwner() {
    if (function.state() == FunctionState.RUNNING) {
      String attempt = format("attempt %d of %d", function.attempts(), function.maxAttempts());
      return simple(Cause.RUNNING, format("owner %s runs it, %s", owner.id(), attempt));
    }
    if (function.due() != null) {
      return later(format("owner %s waits: ", owner.id()), null);
    }
    return function.wasClaimed()
        ? simple(Cause.CLAIMED, format("owner %s has claimed it, and begins it next", owner.id()))
        : simple(
            Cause.JOB_OPEN, format("owner %s lives, and runs it when its job ends", owner.id()));
  }

  private static WaitingReason simple(Cause cause, String why) {
    return new WaitingReason(cause, why, null, null, null, null);
  }

  /** It waits for a time. */
  private WaitingReason later(String who, @Nullable String toDo) {
    boolean asked = function.lastOutcome() == AttemptOutcome.ASKED_AGAIN;
    String why =
        asked
            ? "it asked to be run again, to be sure"
            : format("attempt %d of %d failed", function.attempts(), function.maxAttempts());
    return new WaitingReason(
        asked ? Cause.ASKED_AGAIN : Cause.RETRY,
        who + why + after(function.lastError()),
        toDo == null ? null : reap(),
        toDo,
        function.due(),
        null);
  }

  private boolean isBuiltIn() {
    return function.method().startsWith(BUILT_IN) || function.origin().startsWith("jrt:");
  }

  /** The reaper that has the classes of the function. */
  private String reap() {
    return "lastly reap" + (isBuiltIn() ? "" : " --class-path " + classPath()) + where;
  }

  /** What to give as class path: the place that the class came from, and the jars beside it. */
  private String classPath() {
    int hash = function.origin().lastIndexOf('#');
    String place = hash < 0 ? function.origin() : function.origin().substring(0, hash);
    if (!place.startsWith("/") || place.indexOf(':') >= 0) {
      return "JARS";
    }
    boolean isJar = place.toLowerCase(Locale.ROOT).endsWith(".jar");
    return CallText.word(
        isJar ? place + ":" + place.substring(0, place.lastIndexOf('/')) + "/*" : place);
  }

  private static String after(@Nullable String reason) {
    return reason == null || reason.isEmpty() ? "" : ": " + reason;
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }
}
