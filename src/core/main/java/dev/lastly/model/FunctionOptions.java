package dev.lastly.model;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How one function is run, where that differs from the settings of the process that runs it. The
 * options are stored with the function, so they hold in whichever process that is. Immutable: each
 * method that sets an option returns a copy.
 *
 * <pre>{@code
 * job.with(FunctionOptions.defaults().timeout(Duration.ofMinutes(10)).onReboot(OnReboot.SKIP))
 *     .defer(Mounts::unmount, scratch);
 * }</pre>
 */
public final class FunctionOptions {
  /** The longest {@code after}, {@code keepIfFailed} and {@code settle}. */
  public static final Duration MAX_WAIT = Duration.ofDays(365);

  private static final FunctionOptions DEFAULTS =
      new FunctionOptions(null, null, null, null, null, null);

  private final @Nullable Duration timeout;
  private final @Nullable RetryPolicy retry;
  private final @Nullable OnReboot onReboot;
  private final @Nullable Duration after;
  private final @Nullable Duration settle;
  private final @Nullable Duration keepIfFailed;

  private FunctionOptions(
      @Nullable Duration timeout,
      @Nullable RetryPolicy retry,
      @Nullable OnReboot onReboot,
      @Nullable Duration after,
      @Nullable Duration settle,
      @Nullable Duration keepIfFailed) {
    this.timeout = timeout;
    this.retry = retry;
    this.onReboot = onReboot;
    this.after = after;
    this.settle = settle;
    this.keepIfFailed = keepIfFailed;
  }

  /**
   * No option: all is as the settings of the process that runs the function say.
   *
   * @return always the same instance
   */
  public static FunctionOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Sets the time limit of the function, in place of {@link Settings#functionTimeout()}.
   *
   * @param limit zero for none, at most {@link Settings#MAX_DURATION}
   * @return a copy with it
   * @throws IllegalArgumentException if out of range
   */
  public FunctionOptions timeout(Duration limit) {
    Duration checked = checked("timeout", limit, Settings.MAX_DURATION);
    return new FunctionOptions(checked, retry, onReboot, after, settle, keepIfFailed);
  }

  /**
   * Sets how often and when the function is tried again, in place of {@link Settings#retry()}.
   *
   * @param policy its attempts and waits
   * @return a copy with it
   */
  public FunctionOptions retry(RetryPolicy policy) {
    Objects.requireNonNull(policy, "policy");
    return new FunctionOptions(timeout, policy, onReboot, after, settle, keepIfFailed);
  }

  /**
   * Sets what becomes of the function after a reboot. Default {@link OnReboot#RUN}.
   *
   * @param what whether it runs then
   * @return a copy with it
   */
  public FunctionOptions onReboot(OnReboot what) {
    Objects.requireNonNull(what, "what");
    return new FunctionOptions(timeout, retry, what, after, settle, keepIfFailed);
  }

  /**
   * Has the function run only when this time has passed since the end of its job, or since the end
   * of its owner, if that came first. Default zero.
   *
   * @param wait zero to {@link #MAX_WAIT}
   * @return a copy with it
   * @throws IllegalArgumentException if out of range
   */
  public FunctionOptions after(Duration wait) {
    Duration checked = checked("after", wait, MAX_WAIT);
    return new FunctionOptions(timeout, retry, onReboot, checked, settle, keepIfFailed);
  }

  /**
   * Sets how long what the function removes may still appear after the end of its owner. A built-in
   * function that finds nothing within that time looks again at its end. Default: as the function
   * says, 5 s for containers and what a server keeps, zero for files and processes. A function of
   * yours asks {@link RunContext#settle()}.
   *
   * @param time zero to {@link #MAX_WAIT}
   * @return a copy with it
   * @throws IllegalArgumentException if out of range
   */
  public FunctionOptions settle(Duration time) {
    Duration checked = checked("settle", time, MAX_WAIT);
    return new FunctionOptions(timeout, retry, onReboot, after, checked, keepIfFailed);
  }

  /**
   * Keeps what the function cleans up for this time if its job fails, so that a person can look at
   * it: the job ends without a commit, or its owner dies. Default zero.
   *
   * @param time zero to {@link #MAX_WAIT}, from the end of the job or of its owner
   * @return a copy with it
   * @throws IllegalArgumentException if out of range
   */
  public FunctionOptions keepIfFailed(Duration time) {
    Duration checked = checked("keepIfFailed", time, MAX_WAIT);
    return new FunctionOptions(timeout, retry, onReboot, after, settle, checked);
  }

  private static Duration checked(String name, Duration value, Duration longest) {
    Objects.requireNonNull(value, name);
    if (value.isNegative() || value.compareTo(longest) > 0) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s must be zero to %s; got %s", name, longest, value));
    }
    return value;
  }

  /**
   * These options, overridden by others.
   *
   * @param later what they set has precedence
   * @return options with both
   */
  public FunctionOptions with(FunctionOptions later) {
    return new FunctionOptions(
        later.timeout == null ? timeout : later.timeout,
        later.retry == null ? retry : later.retry,
        later.onReboot == null ? onReboot : later.onReboot,
        later.after == null ? after : later.after,
        later.settle == null ? settle : later.settle,
        later.keepIfFailed == null ? keepIfFailed : later.keepIfFailed);
  }

  /** {@return the time limit; empty if the settings say it} */
  public Optional<Duration> timeout() {
    return Optional.ofNullable(timeout);
  }

  /** {@return attempts and waits; empty if the settings say them} */
  public Optional<RetryPolicy> retry() {
    return Optional.ofNullable(retry);
  }

  /** {@return what becomes of it after a reboot} */
  public OnReboot onReboot() {
    return onReboot == null ? OnReboot.RUN : onReboot;
  }

  /** {@return how long after the end of its job it runs; zero for at once} */
  public Duration after() {
    return after == null ? Duration.ZERO : after;
  }

  /** {@return how long what it removes may still appear; empty if the function says it} */
  public Optional<Duration> settle() {
    return Optional.ofNullable(settle);
  }

  /** {@return how long what it cleans up is kept if its job fails; zero for not at all} */
  public Duration keepIfFailed() {
    return keepIfFailed == null ? Duration.ZERO : keepIfFailed;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FunctionOptions o
        && Objects.equals(timeout, o.timeout)
        && Objects.equals(String.valueOf(retry), String.valueOf(o.retry))
        && onReboot() == o.onReboot()
        && after().equals(o.after())
        && Objects.equals(settle, o.settle)
        && keepIfFailed().equals(o.keepIfFailed());
  }

  @Override
  public int hashCode() {
    return Objects.hash(timeout, onReboot(), after(), settle, keepIfFailed());
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    tell(text, "timeout", timeout);
    tell(text, "retry", retry);
    tell(text, "onReboot", onReboot);
    tell(text, "after", after);
    tell(text, "settle", settle);
    tell(text, "keepIfFailed", keepIfFailed);
    return "FunctionOptions[" + text + "]";
  }

  private static void tell(StringBuilder text, String name, @Nullable Object value) {
    if (value != null) {
      text.append(text.isEmpty() ? "" : ", ").append(name).append('=').append(value);
    }
  }
}
