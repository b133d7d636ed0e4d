package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.posix.NativeText;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.UnresolvableFunctionException;
import java.nio.file.InvalidPathException;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a function with all of the user's code around it: what reads its arguments, its
 * precondition, the function itself, and what describes its result or its failure.
 *
 * <p>What it means that the time limit ends a {@link Phase}: before the call the function has not
 * run, so it waits for a process in which it can, and no attempt is used up. During the call it has
 * failed; if it does not heed its interrupt, it is not tried again by itself. After the call it has
 * returned, or thrown, and only the text is missing.
 */
final class Attempt implements TimeLimit.Work<Attempt.Ending> {
  private final Codec codec;
  private final TimeLimit limit;
  private final StoredFunction function;

  /** Makes one that has not begun. */
  Attempt(Codec codec, TimeLimit limit, StoredFunction function) {
    this.codec = codec;
    this.limit = limit;
    this.function = function;
  }

  /**
   * How it ended.
   *
   * @param outcome what counts
   * @param text bounded: the function's value if it returned, else why it did not
   * @param abandoned whether the function still runs
   * @param interrupted whether it said that its thread was interrupted
   */
  record Ending(
      AttemptOutcome outcome, @Nullable String text, boolean abandoned, boolean interrupted) {
    Ending(AttemptOutcome outcome, @Nullable String text) {
      this(outcome, text, false, false);
    }

    /** Not run, and not to be run here and now. */
    static Ending notRun(String why) {
      return new Ending(AttemptOutcome.UNRESOLVABLE, why);
    }
  }

  @Override
  public Ending run(Progress<Ending> progress) {
    Codec.Invocation call;
    try {
      Codec.ResolvedFunction found =
          codec.resolve(function.function(), function.classDigest(), function.name());
      progress.enter(Phase.BINDING, Ending::notRun);
      call = found.bind(function.arguments());
    } catch (UnresolvableFunctionException | ArgumentsException | IllegalArgumentException e) {
      return failed(progress, AttemptOutcome.UNRESOLVABLE, e);
    } catch (Throwable e) { // too little memory to read it, say: not the row's fault, so try again
      return failed(progress, AttemptOutcome.THREW, e);
    }
    try {
      progress.enter(Phase.ASKING, Ending::notRun);
      call.requirePossible();
      progress.enter(Phase.RUNNING, why -> unended(progress, why));
      return returned(progress, call.call());
    } catch (UnresolvableFunctionException e) {
      return failed(progress, AttemptOutcome.UNRESOLVABLE, e);
    } catch (InvalidPathException e) {
      return noPath(progress, e);
    } catch (Throwable e) { // user code may throw anything, errors included, and stops no other
      return failed(progress, AttemptOutcome.THREW, e);
    }
  }

  private static Ending unended(Progress<Ending> progress, String why) {
    return progress.isGivenUp()
        ? new Ending(AttemptOutcome.TIMED_OUT, why, true, false)
        : new Ending(AttemptOutcome.THREW, why);
  }

  private Ending returned(Progress<Ending> progress, @Nullable Object value) {
    if (progress.isLate()) { // its interrupt may have cut its work short
      return new Ending(AttemptOutcome.TIMED_OUT, late());
    }
    String unfinished = Codec.whyUnfinished(value); // asks its class, not the value
    if (unfinished != null) {
      return failed(progress, AttemptOutcome.THREW, new IllegalStateException(unfinished));
    }
    progress.enter(
        Phase.DESCRIBING_RESULT,
        why -> new Ending(AttemptOutcome.RETURNED, Bounded.missingOutput(value, why)));
    return new Ending(AttemptOutcome.RETURNED, Bounded.output(value));
  }

  /** It got a text of which this locale can make no path, or another than was meant. */
  private Ending noPath(Progress<Ending> progress, InvalidPathException e) {
    String type = e.getClass().getName();
    progress.enter(Phase.DESCRIBING_FAILURE, why -> undescribed(AttemptOutcome.THREW, type, why));
    boolean spelled = NativeText.isSpelled(e.getInput());
    return failed(progress, spelled ? AttemptOutcome.THREW : AttemptOutcome.UNRESOLVABLE, e);
  }

  private Ending failed(Progress<Ending> progress, AttemptOutcome outcome, Throwable e) {
    String type = e.getClass().getName();
    if (progress.isLate()) {
      progress.enter(
          Phase.DESCRIBING_FAILURE,
          why -> undescribed(AttemptOutcome.TIMED_OUT, late() + ": " + type, why));
      return new Ending(AttemptOutcome.TIMED_OUT, Bounded.error(late(), e));
    }
    progress.enter(Phase.DESCRIBING_FAILURE, why -> undescribed(outcome, type, why));
    boolean interrupted = e instanceof InterruptedException;
    return new Ending(outcome, Bounded.error(e), false, interrupted);
  }

  /** The first line is all that some views show, so it says both. */
  private static Ending undescribed(AttemptOutcome outcome, String known, String why) {
    return new Ending(outcome, Bounded.text(known + " (nothing more is known of it): " + why));
  }

  private String late() {
    return limit.reason(Phase.RUNNING) + " and was interrupted";
  }
}
