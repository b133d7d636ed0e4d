package dev.lastly.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/**
 * How often and after which backoff a failed function is tried again. Immutable.
 *
 * <p>After failed attempt <i>n</i> the next one is due after {@code initialBackoff ×
 * multiplier^(n-1)}, at most {@code maxBackoff}. The registration writes {@code maxAttempts} to the
 * row; the backoff is that of the process that runs the function, unless the function has a policy
 * of its own, see {@link FunctionOptions#retry(RetryPolicy)}.
 *
 * <p>An attempt that ended because its process died counts. If it was the first attempt, the next
 * one is due at once, because a kill from outside is a far more frequent cause than the function
 * itself.
 */
public final class RetryPolicy {
  /** The highest accepted number of attempts. */
  public static final int MAX_ATTEMPTS_LIMIT = 1_000;

  /** The longest accepted backoff. */
  public static final Duration MAX_BACKOFF_LIMIT = Duration.ofDays(7);

  private static final RetryPolicy DEFAULTS = builder().build();

  private final int maxAttempts;
  private final Duration initialBackoff;
  private final Duration maxBackoff;
  private final double multiplier;

  private RetryPolicy(Builder builder) {
    this.maxAttempts = builder.maxAttempts;
    this.initialBackoff = builder.initialBackoff;
    this.maxBackoff = builder.maxBackoff;
    this.multiplier = builder.multiplier;
  }

  /**
   * The policy with every default.
   *
   * @return always the same instance
   */
  public static RetryPolicy defaults() {
    return DEFAULTS;
  }

  /**
   * Starts a policy from the defaults.
   *
   * @return a new builder, for one thread
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * How many attempts a function gets before it is quarantined.
   *
   * @return at least 1
   */
  public int maxAttempts() {
    return maxAttempts;
  }

  /** {@return the wait after the first failed attempt, zero or more} */
  public Duration initialBackoff() {
    return initialBackoff;
  }

  /** {@return the longest wait, at least {@link #initialBackoff}} */
  public Duration maxBackoff() {
    return maxBackoff;
  }

  /** {@return the factor from each wait to the next, at least 1} */
  public double multiplier() {
    return multiplier;
  }

  /**
   * The wait after a failed attempt.
   *
   * @param attempt the number of the attempt that failed, from 1
   * @return the wait before the next one
   * @throws IllegalArgumentException if {@code attempt} is less than 1
   */
  public Duration backoffAfter(int attempt) {
    if (attempt < 1) {
      throw new IllegalArgumentException("attempts are numbered from 1; got " + attempt);
    }
    double millis = initialBackoff.toMillis() * Math.pow(multiplier, attempt - 1.0);
    return millis >= maxBackoff.toMillis() ? maxBackoff : Duration.ofMillis((long) millis);
  }

  /**
   * The wait after an attempt whose process died: none after the first, then {@link #backoffAfter}.
   *
   * @param attempt the number of the attempt that was cut off, from 1
   * @return the wait before the next one
   * @throws IllegalArgumentException if {@code attempt} is less than 1
   */
  public Duration backoffAfterCrash(int attempt) {
    return attempt == 1 ? Duration.ZERO : backoffAfter(attempt);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "RetryPolicy[maxAttempts=%d, initialBackoff=%s, maxBackoff=%s, multiplier=%s]",
        maxAttempts,
        initialBackoff,
        maxBackoff,
        multiplier);
  }

  /** Builds a policy. Each method rejects a wrong value at once. For one thread. */
  public static final class Builder {
    private int maxAttempts = 10;
    private Duration initialBackoff = Duration.ofSeconds(1);
    private Duration maxBackoff = Duration.ofMinutes(5);
    private double multiplier = 2;

    private Builder() {}

    /**
     * How many attempts a function gets. Default 10.
     *
     * @param attempts 1 to {@link RetryPolicy#MAX_ATTEMPTS_LIMIT}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder maxAttempts(int attempts) {
      if (attempts < 1 || attempts > MAX_ATTEMPTS_LIMIT) {
        throw new IllegalArgumentException(
            "maxAttempts must be 1 to " + MAX_ATTEMPTS_LIMIT + "; got " + attempts);
      }
      this.maxAttempts = attempts;
      return this;
    }

    /**
     * The wait after the first failed attempt. Default 1 s.
     *
     * @param backoff zero to {@link RetryPolicy#MAX_BACKOFF_LIMIT}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder initialBackoff(Duration backoff) {
      this.initialBackoff = checked("initialBackoff", backoff);
      return this;
    }

    /**
     * The longest wait. Default 5 min.
     *
     * @param backoff zero to {@link RetryPolicy#MAX_BACKOFF_LIMIT}
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    public Builder maxBackoff(Duration backoff) {
      this.maxBackoff = checked("maxBackoff", backoff);
      return this;
    }

    /**
     * The factor from each wait to the next. Default 2.
     *
     * @param factor 1 to 100
     * @return this builder
     * @throws IllegalArgumentException if out of range or not a number
     */
    public Builder multiplier(double factor) {
      if (!(factor >= 1 && factor <= 100)) {
        throw new IllegalArgumentException("multiplier must be 1 to 100; got " + factor);
      }
      this.multiplier = factor;
      return this;
    }

    /**
     * Makes the policy.
     *
     * @return an immutable policy
     * @throws IllegalArgumentException if {@code initialBackoff} is longer than {@code maxBackoff}
     */
    public RetryPolicy build() {
      if (initialBackoff.compareTo(maxBackoff) > 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "initialBackoff %s is longer than maxBackoff %s",
                initialBackoff,
                maxBackoff));
      }
      return new RetryPolicy(this);
    }

    private static Duration checked(String name, Duration backoff) {
      Objects.requireNonNull(backoff, name);
      if (backoff.isNegative() || backoff.compareTo(MAX_BACKOFF_LIMIT) > 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "%s must be zero to %s; got %s", name, MAX_BACKOFF_LIMIT, backoff));
      }
      return backoff;
    }
  }
}
