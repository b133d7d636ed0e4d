package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptResult;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.StoredFunction;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import java.time.InstantSource;
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

  Invoker(Codec codec, RetryPolicy retry, TimeLimit limit, InstantSource clock) {
    this.codec = codec;
    this.retry = retry;
    this.limit = limit;
    this.clock = clock;
  }

  AttemptResult invoke(StoredFunction f) {
    Codec.Invocation invocation;
    try {
      f.requireUndamaged();
      invocation = codec.resolve(f.function(), f.classDigest(), f.name()).bind(f.arguments());
    } catch (UnresolvableFunctionException | ArgumentsException | IllegalArgumentException e) {
      String error = Bounded.error(e); // its cause may be a user's, as below
      log.error(
          "function {} ({}) cannot be called; it is quarantined: {}", f.id(), f.name(), error);
      return quarantine(AttemptOutcome.UNDECODABLE, e);
    } catch (Throwable e) { // too little memory to read it, say: not the row's fault, so try again
      return failed(f, AttemptOutcome.THREW, e);
    }
    try {
      Object value = limit.call(invocation::call, f);
      return new AttemptResult(
          AttemptOutcome.RETURNED, FunctionState.DONE, null, null, Bounded.output(value));
    } catch (TimeLimit.AbandonedException e) {
      log.error("function {} ({}): {}", f.id(), f.name(), e.getMessage());
      return quarantine(AttemptOutcome.TIMED_OUT, e);
    } catch (TimeLimit.ExceededException e) {
      return failed(f, AttemptOutcome.TIMED_OUT, e);
    } catch (Throwable e) { // user code may throw anything, errors included, and stops no other
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt(); // the runner passes it on when it has finished
      }
      return failed(f, AttemptOutcome.THREW, e);
    }
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
