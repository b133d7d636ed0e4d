package dev.lastly.internal.engine;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.spi.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.ArgumentsException;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RetryPolicy;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs one function whose attempt has been committed, and judges how that ended. Nothing that a
 * function does, throws or returns gets past here: an {@link Attempt} ends in texts, so that no
 * logger and no caller runs a user's {@code getMessage()}. Thread-safe.
 */
final class Invoker {
  private static final Log log = Log.of(Invoker.class);

  private final Codec codec;
  private final RetryPolicy retry;
  private final TimeLimit limit;
  private final Function<FunctionId, Duration> backoffIfUnresolvable;

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
      Function<FunctionId, Duration> backoffIfUnresolvable) {
    this.codec = codec;
    this.retry = retry;
    this.limit = limit;
    this.backoffIfUnresolvable = backoffIfUnresolvable;
  }

  AttemptResult invoke(StoredFunction f) {
    try {
      f.requireUndamaged();
    } catch (ArgumentsException e) { // it is so in every process
      log.error("function {} ({}) is quarantined: {}", f.id(), f.name(), e.getMessage());
      return quarantine(AttemptOutcome.UNDECODABLE, Bounded.error(e));
    }
    Attempt.Ending ending =
        limit.call(key(f.id()), Attempt.Ending::notRun, new Attempt(codec, limit, f));
    if (ending.interrupted()) {
      Thread.currentThread().interrupt(); // the runner passes it on when it has finished
    }
    return switch (ending.outcome()) {
      case RETURNED ->
          new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, ending.text());
      case UNRESOLVABLE -> unresolvable(f, ending.text());
      default -> ending.abandoned() ? abandoned(f, ending.text()) : failed(f, ending);
    };
  }

  /** What names the work on a function, see {@link TimeLimit#call}. */
  static String key(FunctionId function) {
    return "function-" + function;
  }

  /** Not here, or not now: another process may run it, so no attempt is used up. */
  private AttemptResult unresolvable(StoredFunction f, @Nullable String error) {
    Duration wait = backoffIfUnresolvable.apply(f.id());
    log.warn("function {} ({}) cannot be run by this process: {}", f.id(), f.name(), error);
    return new AttemptResult(
        AttemptOutcome.UNRESOLVABLE, FunctionState.RETRY_WAIT, wait, error, null);
  }

  private static AttemptResult abandoned(StoredFunction f, @Nullable String error) {
    log.error("function {} ({}): {}", f.id(), f.name(), error);
    return quarantine(AttemptOutcome.TIMED_OUT, error);
  }

  private AttemptResult failed(StoredFunction f, Attempt.Ending ending) {
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
    Duration wait = retry.backoffAfter(attempt);
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
}
