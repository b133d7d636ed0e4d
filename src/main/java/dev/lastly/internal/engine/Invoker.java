package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.posix.NativeText;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptResult;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.StoredFunction;
import dev.lastly.model.UnresolvableFunctionException;
import java.nio.file.InvalidPathException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one function whose attempt has been committed, and judges how that ended. Nothing that a
 * function does or throws gets past here. Thread-safe.
 */
final class Invoker {
  private static final Logger log = LoggerFactory.getLogger(Invoker.class);

  private final Codec codec;
  private final RetryPolicy retry;
  private final TimeLimit limit;
  private final InstantSource clock;
  private final LongFunction<Duration> backoffIfUnresolvable;

  /**
   * Makes one.
   *
   * @param backoffIfUnresolvable how long to wait, by the function's id, before this process tries
   *     again what it could not run
   */
  Invoker(
      Codec codec,
      RetryPolicy retry,
      TimeLimit limit,
      InstantSource clock,
      LongFunction<Duration> backoffIfUnresolvable) {
    this.codec = codec;
    this.retry = retry;
    this.limit = limit;
    this.clock = clock;
    this.backoffIfUnresolvable = backoffIfUnresolvable;
  }

  AttemptResult invoke(StoredFunction f) {
    try {
      f.requireUndamaged();
    } catch (ArgumentsException e) { // it is so in every process
      log.error("function {} ({}) is quarantined: {}", f.id(), f.name(), e.getMessage());
      return quarantine(AttemptOutcome.UNDECODABLE, e);
    }
    Codec.Invocation invocation;
    try {
      invocation = codec.resolve(f.function(), f.classDigest(), f.name()).bind(f.arguments());
    } catch (UnresolvableFunctionException | ArgumentsException | IllegalArgumentException e) {
      return unresolvable(f, e);
    } catch (Throwable e) { // too little memory to read it, say: not the row's fault, so try again
      return failed(f, AttemptOutcome.THREW, e);
    }
    try {
      Object value =
          limit.call(
              () -> {
                invocation.requirePossible();
                return invocation.call();
              },
              f);
      String unfinished = Codec.whyUnfinished(value);
      if (unfinished != null) {
        return failed(f, AttemptOutcome.THREW, new IllegalStateException(unfinished));
      }
      return new AttemptResult(
          AttemptOutcome.RETURNED, FunctionState.DONE, null, null, Bounded.output(value));
    } catch (TimeLimit.AbandonedException e) {
      log.error("function {} ({}): {}", f.id(), f.name(), e.getMessage());
      return quarantine(AttemptOutcome.TIMED_OUT, e);
    } catch (TimeLimit.ExceededException e) {
      return failed(f, AttemptOutcome.TIMED_OUT, e);
    } catch (UnresolvableFunctionException e) {
      return unresolvable(f, e);
    } catch (InvalidPathException e) {
      // It got a text of which this locale can make no path, or another than was meant.
      return NativeText.isSpelled(e.getInput())
          ? failed(f, AttemptOutcome.THREW, e)
          : unresolvable(f, e);
    } catch (Throwable e) { // user code may throw anything, errors included, and stops no other
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt(); // the runner passes it on when it has finished
      }
      return failed(f, AttemptOutcome.THREW, e);
    }
  }

  /** Not here, or not now: another process may run it, so no attempt is used up. */
  private AttemptResult unresolvable(StoredFunction f, RuntimeException e) {
    Duration wait = backoffIfUnresolvable.apply(f.id());
    String error = Bounded.error(e); // its cause may be a user's, as below
    log.warn("function {} ({}) cannot be run by this process: {}", f.id(), f.name(), error);
    long due = clock.millis() + wait.toMillis();
    return new AttemptResult(
        AttemptOutcome.UNRESOLVABLE, FunctionState.RETRY_WAIT, due, error, null);
  }

  private AttemptResult failed(StoredFunction f, AttemptOutcome outcome, Throwable failure) {
    int attempt = f.nextAttempt();
    // The logger gets a text: with the throwable it would call a user's getMessage(), which may
    // throw, and then nobody would record how the attempt ended.
    String error = Bounded.error(failure);
    if (attempt >= f.maxAttempts()) {
      log.error(
          "function {} ({}) failed {} times and is quarantined: {}",
          f.id(),
          f.name(),
          attempt,
          error);
      return quarantine(outcome, failure);
    }
    Duration wait = retry.backoffAfter(attempt);
    log.warn(
        "function {} ({}) failed, attempt {} of {}; the next is due in {}: {}",
        f.id(),
        f.name(),
        attempt,
        f.maxAttempts(),
        wait,
        error);
    Long due = clock.millis() + wait.toMillis();
    return new AttemptResult(outcome, FunctionState.RETRY_WAIT, due, error, null);
  }

  private static AttemptResult quarantine(AttemptOutcome outcome, @Nullable Throwable failure) {
    return new AttemptResult(
        outcome, FunctionState.QUARANTINED, null, Bounded.error(failure), null);
  }
}
