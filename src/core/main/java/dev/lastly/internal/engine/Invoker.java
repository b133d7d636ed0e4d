package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.codec.OptionsText;
import dev.lastly.internal.engine.TimeLimit.CallProgress;
import dev.lastly.internal.engine.TimeLimit.Phase;
import dev.lastly.internal.posix.NativeText;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.text.LookedUpSecrets;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OnReboot;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.RunContext;
import dev.lastly.model.StoreException;
import dev.lastly.model.UnresolvableFunctionException;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs one function whose attempt has been committed, and determines the outcome. No exception or
 * value of the user's leaves this class: an {@link Attempt} ends in texts, so that no logger and no
 * caller runs a user's {@code getMessage()}. Thread-safe.
 */
final class Invoker {
  private static final Log log = Log.of(Invoker.class);

  private final Contexts contexts;
  private final Carried carried;
  private final Codec codec;
  private final RetryPolicy retry;
  private final TimeLimit limit;
  private final Function<FunctionId, Duration> backoffIfUnresolvable;

  /**
   * Starts nothing.
   *
   * @param contexts what a function may know about its run
   * @param carried what its registration took along
   * @param backoffIfUnresolvable by the function's id, how long this process waits before it tries
   *     again a function that it could not run
   */
  Invoker(
      Contexts contexts,
      Carried carried,
      Codec codec,
      RetryPolicy retry,
      TimeLimit limit,
      Function<FunctionId, Duration> backoffIfUnresolvable) {
    this.contexts = contexts;
    this.carried = carried;
    this.codec = codec;
    this.retry = retry;
    this.limit = limit;
    this.backoffIfUnresolvable = backoffIfUnresolvable;
  }

  /** What a function may know about its run. */
  @FunctionalInterface
  interface Contexts {
    /** Of functions in a store, which is read only if a function asks for more. */
    static Contexts of(FunctionStore store) {
      return (f, options, late) ->
          RunContext.builder()
              .function(f.id().number(), f.nextAttempt())
              .key(f.id().toString())
              .claims(f.fence().claimNo())
              .epoch(f.fence().epoch())
              .origin(() -> store.origin(f.id()))
              .clock(() -> Instant.ofEpochMilli(store.now().millis()))
              .cancelled(late)
              .settle(options.settle())
              .build();
    }

    /**
     * For one attempt.
     *
     * @param late whether the function's time is up
     */
    RunContext of(StoredFunction function, FunctionOptions options, BooleanSupplier late);
  }

  /** Runs a function whose attempt has been committed, and returns the outcome to record. */
  AttemptResult invoke(StoredFunction f) {
    return invoke(f, true);
  }

  /**
   * Like {@link #invoke(StoredFunction)}.
   *
   * @param waits whether a function that its registration has wait does that now
   */
  AttemptResult invoke(StoredFunction f, boolean waits) {
    try {
      f.requireUndamaged();
    } catch (ArgumentsException e) { // the same in every process
      log.error("function {} ({}) is quarantined: {}", f.id(), f.name(), e.getMessage());
      return quarantine(AttemptOutcome.UNDECODABLE, Bounded.error(e));
    }
    FunctionOptions options;
    try {
      options = OptionsText.read(f.options());
      AttemptResult instead = waits ? insteadOfRunning(f, options) : null;
      if (instead != null) {
        return instead;
      }
    } catch (UnresolvableFunctionException | StoreException e) {
      return unresolvable(f, Bounded.error(e));
    }
    Duration time = options.timeout().orElse(limit.usual());
    Ending ending = limit.call(key(f.id()), time, Ending::notRun, new Attempt(f, options, time));
    if (ending.interrupted()) {
      Thread.currentThread().interrupt(); // the runner keeps the flag until it has finished
    }
    if (carried.isNone()) {
      return result(f, ending, options);
    }
    Carried.AllRestored restored = carried.restoreForLog(OptionsText.context(f.options()));
    try {
      return result(f, ending, options);
    } finally {
      restored.close(ending.outcome());
    }
  }

  /** What an ending means for the function; also logs it. */
  private AttemptResult result(StoredFunction f, Ending ending, FunctionOptions options) {
    return switch (ending.outcome()) {
      case RETURNED ->
          new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, ending.text());
      case UNRESOLVABLE -> unresolvable(f, ending.text());
      case ASKED_AGAIN -> askedAgain(f, ending);
      default ->
          ending.abandoned()
              ? abandoned(f, ending.text())
              : failed(f, ending, options.retry().orElse(retry));
    };
  }

  /**
   * The result of an attempt that does not run the function, because its registration says so.
   *
   * @throws StoreException if the store cannot tell what that depends on
   */
  private @Nullable AttemptResult insteadOfRunning(StoredFunction f, FunctionOptions options) {
    boolean skips = options.onReboot() == OnReboot.SKIP;
    if (!skips && options.after().isZero() && options.keepIfFailed().isZero()) {
      return null;
    }
    RunContext context = contexts.of(f, options, () -> false);
    RunContext.Origin origin = context.origin();
    if (skips && origin.rebooted()) {
      log.debug("function {} ({}) is skipped: the machine has booted", f.id(), f.name());
      String why = "not run: the machine has booted since, and its registration says SKIP";
      return new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, why);
    }
    boolean keeps = !origin.jobCommitted() && options.keepIfFailed().compareTo(options.after()) > 0;
    Duration wait = keeps ? options.keepIfFailed() : options.after();
    Duration left = context.untilPassed(wait);
    if (left.isZero()) {
      return null;
    }
    String why =
        keeps
            ? "it is kept for " + wait + " after its job, which has failed"
            : "its registration has it run " + wait + " after its job";
    log.debug("function {} ({}) runs in {}: {}", f.id(), f.name(), left, why);
    return new AttemptResult(AttemptOutcome.ASKED_AGAIN, FunctionState.RETRY_WAIT, left, why, null);
  }

  /** The key of the work on a function, see {@link TimeLimit#call}. */
  static String key(FunctionId function) {
    return "function-" + function;
  }

  /** This process cannot run it now. Another process may, so no attempt is used up. */
  private AttemptResult unresolvable(StoredFunction f, @Nullable String error) {
    Duration wait = backoffIfUnresolvable.apply(f.id());
    log.warn("function {} ({}) cannot be run by this process: {}", f.id(), f.name(), error);
    return new AttemptResult(
        AttemptOutcome.UNRESOLVABLE, FunctionState.RETRY_WAIT, wait, error, null);
  }

  /** What it removes may still appear, or it says so for another reason: no attempt is used up. */
  private static AttemptResult askedAgain(StoredFunction f, Ending ending) {
    Duration wait = Objects.requireNonNull(ending.again(), "again");
    log.debug("function {} ({}) runs again in {}: {}", f.id(), f.name(), wait, ending.text());
    return new AttemptResult(
        AttemptOutcome.ASKED_AGAIN, FunctionState.RETRY_WAIT, wait, ending.text(), null);
  }

  private static AttemptResult abandoned(StoredFunction f, @Nullable String error) {
    log.error("function {} ({}): {}", f.id(), f.name(), error);
    return quarantine(AttemptOutcome.TIMED_OUT, error);
  }

  private AttemptResult failed(StoredFunction f, Ending ending, RetryPolicy policy) {
    int attempt = f.nextAttempt();
    String error = ending.text();
    if (attempt >= f.maxAttempts()) {
      log.error(
          "function {} ({}) failed {} times and is quarantined: {}",
          f.id(),
          f.name(),
          attempt,
          error);
      return quarantine(ending.outcome(), error);
    }
    Duration wait = policy.backoffAfter(attempt);
    log.warn(
        "function {} ({}) failed, attempt {} of {}; the next is due in {}: {}",
        f.id(),
        f.name(),
        attempt,
        f.maxAttempts(),
        wait,
        error);
    return new AttemptResult(ending.outcome(), FunctionState.RETRY_WAIT, wait, error, null);
  }

  private static AttemptResult quarantine(AttemptOutcome outcome, @Nullable String error) {
    return new AttemptResult(outcome, FunctionState.QUARANTINED, null, error, null);
  }

  /**
   * How an attempt ended.
   *
   * @param outcome the outcome to record
   * @param text cut to a row's length: the function's value if it returned, else why it did not
   *     return
   * @param abandoned whether the function still runs
   * @param interrupted whether it threw {@link InterruptedException}
   * @param again the wait that it asked for; null unless it asked to run again
   */
  private record Ending(
      AttemptOutcome outcome,
      @Nullable String text,
      boolean abandoned,
      boolean interrupted,
      @Nullable Duration again) {
    Ending(AttemptOutcome outcome, @Nullable String text) {
      this(outcome, text, false, false, null);
    }

    Ending(AttemptOutcome outcome, @Nullable String text, boolean abandoned, boolean interrupted) {
      this(outcome, text, abandoned, interrupted, null);
    }

    /** The function was not run, because this process cannot run it now. */
    static Ending notRun(String why) {
      return new Ending(AttemptOutcome.UNRESOLVABLE, why);
    }
  }

  /**
   * One execution of a function, with all the user's code around it: the code that reads its
   * arguments, its precondition, the function itself, and the code that describes its result or
   * failure.
   *
   * <p>The meaning of a time-out depends on the {@link Phase}. Before the call, the function has
   * not run: it waits for a process that can run it, and no attempt is used up. During the call,
   * the attempt has failed; if the function ignores its interrupt, it is quarantined, because a
   * retry would run beside it. After the call, the function has returned or thrown, and only the
   * text is missing.
   */
  private final class Attempt implements TimeLimit.Work<Ending> {
    private final StoredFunction function;
    private final FunctionOptions options;
    private final Duration time;

    /**
     * Has not begun yet.
     *
     * @param time the function's time limit; zero for none
     */
    Attempt(StoredFunction function, FunctionOptions options, Duration time) {
      this.function = function;
      this.options = options;
      this.time = time;
    }

    @Override
    public Ending run(CallProgress<Ending> progress) {
      return LookedUpSecrets.during(
          () -> {
            RunContext context = contexts.of(function, options, progress::isLate);
            return carried.isNone()
                ? attempt(progress, context)
                : attemptWithContext(progress, context);
          });
    }

    private Ending attemptWithContext(CallProgress<Ending> progress, RunContext context) {
      Map<String, String> entries = OptionsText.context(function.options());
      Carried.AllRestored restored = carried.restore(entries, function.name(), context);
      AttemptOutcome outcome = AttemptOutcome.TIMED_OUT; // if the waiting thread has given it up
      try {
        Ending ending = attempt(progress, context);
        outcome = ending.outcome();
        return ending;
      } finally {
        restored.close(outcome);
      }
    }

    private Ending attempt(CallProgress<Ending> progress, RunContext context) {
      Codec.Invocation call;
      try {
        Codec.ResolvedFunction found =
            codec.resolve(
                function.code().function(), function.code().classDigest(), function.name());
        progress.enter(Phase.BINDING, Ending::notRun);
        call = found.bind(function.arguments());
      } catch (UnresolvableFunctionException | ArgumentsException | IllegalArgumentException e) {
        return failed(progress, AttemptOutcome.UNRESOLVABLE, e);
      } catch (Throwable e) { // such as too little memory: not the row's fault, so try again
        return failed(progress, AttemptOutcome.THREW, e);
      }
      try {
        progress.enter(Phase.ASKING, Ending::notRun);
        call.requirePossible();
        progress.enter(Phase.RUNNING, why -> unended(progress, why));
        @Nullable Object value = context.call(call::call);
        return returned(progress, context, value);
      } catch (UnresolvableFunctionException e) {
        return failed(progress, AttemptOutcome.UNRESOLVABLE, e);
      } catch (InvalidPathException e) {
        return noPath(progress, e);
      } catch (
          Throwable
              e) { // user code may throw anything, even an Error, and must not stop other functions
        return context.isAskedAgain(e) && !progress.isLate()
            ? again(context.askedAgain().orElseThrow())
            : failed(progress, AttemptOutcome.THREW, e);
      }
    }

    private static Ending again(RunContext.AskedAgain asked) {
      return new Ending(
          AttemptOutcome.ASKED_AGAIN, Bounded.text(asked.reason()), false, false, asked.after());
    }

    private static Ending unended(CallProgress<Ending> progress, String why) {
      return progress.isGivenUp()
          ? new Ending(AttemptOutcome.TIMED_OUT, why, true, false)
          : new Ending(AttemptOutcome.THREW, why);
    }

    private Ending returned(
        CallProgress<Ending> progress, RunContext context, @Nullable Object value) {
      if (progress.isLate()) { // its interrupt may have cut its work short
        return new Ending(AttemptOutcome.TIMED_OUT, late());
      }
      if (context.askedAgain().isPresent()) { // it, or a library, caught the exception
        return again(context.askedAgain().orElseThrow());
      }
      String unfinished =
          Codec.whyUnfinished(value); // looks only at the value's class: its methods are user code
      if (unfinished != null) {
        return failed(progress, AttemptOutcome.THREW, new IllegalStateException(unfinished));
      }
      progress.enter(
          Phase.DESCRIBING_RESULT,
          why -> new Ending(AttemptOutcome.RETURNED, Bounded.missingOutput(value, why)));
      return new Ending(AttemptOutcome.RETURNED, Bounded.output(value));
    }

    /** It got a text of which this locale can make no path, or another than was meant. */
    private Ending noPath(CallProgress<Ending> progress, InvalidPathException e) {
      String type = e.getClass().getName();
      progress.enter(Phase.DESCRIBING_FAILURE, why -> undescribed(AttemptOutcome.THREW, type, why));
      boolean spelled = NativeText.isSpelled(e.getInput());
      return failed(progress, spelled ? AttemptOutcome.THREW : AttemptOutcome.UNRESOLVABLE, e);
    }

    private Ending failed(CallProgress<Ending> progress, AttemptOutcome outcome, Throwable e) {
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

    /** Some views show only the first line, so it holds both texts. */
    private static Ending undescribed(AttemptOutcome outcome, String known, String why) {
      return new Ending(outcome, Bounded.text(known + " (nothing more is known of it): " + why));
    }

    private String late() {
      return limit.reason(Phase.RUNNING, time) + " and was interrupted";
    }
  }
}
