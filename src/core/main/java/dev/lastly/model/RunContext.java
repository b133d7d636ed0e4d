package dev.lastly.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a deferred function may know about its own run, and how it says "not yet".
 *
 * <pre>{@code
 * static void release(String lease) {
 *   if (!Leases.find(lease) && !RunContext.current().isSettled(Duration.ofSeconds(5))) {
 *     throw RunContext.current().askAgain(Duration.ofSeconds(5)); // its creator may still be at work
 *   }
 *   Leases.delete(lease);
 * }
 * }</pre>
 *
 * <p>Lastly makes one for each attempt. A test of a function can make its own with {@link
 * #builder()} and {@link #call}. Threads that the function starts have none: pass it to them.
 * Thread-safe.
 */
public final class RunContext {
  /** The shortest wait of {@link #askAgain}: a function must not run in a loop without a pause. */
  public static final Duration SHORTEST_WAIT = Duration.ofMillis(10);

  /** The limit on {@link #askAgain} when the clock cannot show how long ago the owner ended. */
  private static final int MOST_WITHOUT_A_CLOCK = 20;

  /** A chain of causes may be a circle. */
  private static final int MOST_CAUSES = 100;

  private static final ThreadLocal<@Nullable RunContext> CURRENT = new ThreadLocal<>();

  private final long functionId;
  private final @Nullable String key;
  private final int attempt;
  private final long claimNo;
  private final long epoch;
  private final Supplier<Origin> origin;
  private final Supplier<Instant> clock;
  private final BooleanSupplier cancelled;
  private final Optional<Duration> settle;
  private volatile @Nullable AskedAgainException asked;

  private RunContext(Builder builder) {
    this.functionId = builder.functionId;
    this.key = builder.key;
    this.attempt = builder.attempt;
    this.claimNo = builder.claimNo;
    this.epoch = builder.epoch;
    this.origin = builder.origin;
    this.clock = builder.clock;
    this.cancelled = builder.cancelled;
    this.settle = builder.settle;
  }

  /**
   * The context of the deferred function that runs in this thread.
   *
   * @return the same object for the whole attempt
   * @throws IllegalStateException if no deferred function runs in this thread; {@link #find} gives
   *     an empty result then
   */
  public static RunContext current() {
    return find()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no deferred function runs in thread "
                        + Thread.currentThread().getName()
                        + ". A function that starts threads passes its RunContext to them; a test"
                        + " runs the function with RunContext.builder()…build().call(…)"));
  }

  /**
   * The context of the deferred function that runs in this thread.
   *
   * @return empty if none runs, as in a method that is also called directly
   */
  public static Optional<RunContext> find() {
    return Optional.ofNullable(CURRENT.get());
  }

  /**
   * Runs code as if it were a deferred function with this context. Lastly itself runs functions so;
   * a test of a function can, too.
   *
   * @param function what to run
   * @param <T> its result
   * @param <X> what it throws
   * @return what it returns
   * @throws X what it throws
   */
  public <T, X extends Throwable> @Nullable T call(Body<T, X> function) throws X {
    RunContext outer = CURRENT.get(); // a function may run a whole job, with functions of its own
    CURRENT.set(this);
    try {
      return function.run();
    } finally {
      if (outer == null) {
        CURRENT.remove();
      } else {
        CURRENT.set(outer);
      }
    }
  }

  /**
   * The id of the function's row.
   *
   * @return the column {@code deferred_function.id}; 0 for a function of the fleet, which {@link
   *     #functionKey} names
   */
  public long functionId() {
    return functionId;
  }

  /**
   * The id of the function's row, as text: a number on a node, a UUID in the fleet.
   *
   * @return the text of the column {@code deferred_function.id}
   */
  public String functionKey() {
    return key == null ? Long.toString(functionId) : key;
  }

  /**
   * The number of this attempt.
   *
   * @return 1 for the first; attempts that asked again are counted, too
   */
  public int attempt() {
    return attempt;
  }

  /**
   * The fencing number: it grows each time the function changes its owner. A system that keeps the
   * highest number it has seen, and refuses lower ones, refuses a process that was replaced.
   *
   * @return the column {@code deferred_function.claim_no}: 0 in the process that registered it
   */
  public long fencingNumber() {
    return claimNo;
  }

  /**
   * The first half of a fencing token whose second half is {@link #fencingNumber}: the epoch of the
   * fleet. It grows with each failover of the fleet's database, which may have lost claims.
   *
   * @return 0 for a function of a node
   */
  public long epoch() {
    return epoch;
  }

  /**
   * Whether another process registered the function, and has ended without running it.
   *
   * @return false in the manager that registered it
   */
  public boolean isOrphan() {
    return claimNo > 0;
  }

  /**
   * The owner that opened the function's job. Reads the database each time.
   *
   * @return who it was, and when it ended
   * @throws StoreException if the database cannot be read
   */
  public Origin origin() {
    return origin.get();
  }

  /**
   * Whether the function's time is up: its time-out has passed, and it has been interrupted. A loop
   * that catches {@link InterruptedException} asks this.
   *
   * @return true from then on
   */
  public boolean isCancelled() {
    return cancelled.getAsBoolean();
  }

  /**
   * Whether what the function removes can no longer appear. A process that dies may leave work that
   * goes on: a child that it has started, a request that a daemon has accepted. "Not found" is
   * success only when that time is over, too.
   *
   * @param settle how long such work may take after the end of the owner
   * @return true if this is no orphan, or if its owner ended at least that long ago. A count of
   *     attempts that asked again decides only after the clock has stepped back: a wait may have
   *     been shortened, see {@link #askAgain}
   * @throws StoreException if the database cannot be read
   */
  public boolean isSettled(Duration settle) {
    return untilSettled(settle).isZero();
  }

  /**
   * How long what the function removes may still appear after the end of its owner, as its
   * registration says: see {@link FunctionOptions#settle(Duration)}. Built-in functions use it in
   * place of their own.
   *
   * @return empty if the registration does not say it
   */
  public Optional<Duration> settle() {
    return settle;
  }

  /**
   * How long to wait until {@link #isSettled} is true.
   *
   * @param settle how long such work may take after the end of the owner
   * @return zero if it is settled; at most {@code settle}
   * @throws StoreException if the database cannot be read
   */
  public Duration untilSettled(Duration settle) {
    if (!isOrphan() || settle.isZero() || settle.isNegative()) {
      return Duration.ZERO;
    }
    Origin known = origin();
    Instant ended = known.endedAt();
    Duration since = ended == null ? Duration.ZERO : Duration.between(ended, clock.get());
    if (since.isNegative()) { // the clock has stepped back, and says nothing
      return known.timesAskedAgain() < MOST_WITHOUT_A_CLOCK ? settle : Duration.ZERO;
    }
    Duration left = settle.minus(since);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /**
   * How long to wait until this time has passed since the end of the job, or since the end of its
   * owner, if that came first.
   *
   * @param time how long to wait after that
   * @return zero if it has passed, if an operator has had the function run without waiting, or if
   *     the clock cannot tell and an attempt has waited for it
   * @throws StoreException if the database cannot be read
   */
  public Duration untilPassed(Duration time) {
    if (time.isZero()) {
      return Duration.ZERO;
    }
    Origin known = origin();
    if (known.retriedByOperator()) {
      return Duration.ZERO;
    }
    Instant end = known.jobEndedAt() == null ? known.endedAt() : known.jobEndedAt();
    Duration since = end == null ? Duration.ZERO : Duration.between(end, clock.get());
    if (end == null || since.isNegative()) { // its end is not recorded, or the clock stepped back
      return known.timesAskedAgain() == 0 ? time : Duration.ZERO;
    }
    Duration left = time.minus(since);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /**
   * Ends this attempt without a result: the function runs again after this time. That uses up no
   * attempt. The attempt is recorded with the outcome {@code asked_again}.
   *
   * <p>It always throws. It returns a type only so that {@code throw} can stand before the call,
   * and the compiler knows that nothing comes after it. Even if the function catches the exception
   * and returns, it runs again; if it then throws something else, that counts as a failure.
   *
   * @param wait how long to wait, at least {@link #SHORTEST_WAIT}; a wait that is longer than the
   *     longest backoff of {@link Settings#retry()} is shortened to that
   * @param reason one line for operators, such as what was not found
   * @return never
   * @throws IllegalArgumentException if the wait is too short
   */
  public RuntimeException askAgain(Duration wait, String reason) {
    if (wait.compareTo(SHORTEST_WAIT) < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "a function asks again after %s at the earliest, not after %s",
              SHORTEST_WAIT,
              wait));
    }
    AskedAgainException exception = new AskedAgainException(wait, reason);
    asked = exception;
    throw exception;
  }

  /**
   * {@link #askAgain(Duration, String)} without a reason of its own.
   *
   * @param wait how long to wait
   * @return never
   * @throws IllegalArgumentException if the wait is too short
   */
  public RuntimeException askAgain(Duration wait) {
    return askAgain(wait, "the function asked to run again after " + wait);
  }

  /**
   * What the function asked for.
   *
   * @return empty if it has not called {@link #askAgain}
   */
  public Optional<AskedAgain> askedAgain() {
    AskedAgainException exception = asked;
    return exception == null ? Optional.empty() : Optional.of(exception.asked);
  }

  /**
   * Whether an exception is the one of {@link #askAgain}, or was caused by it.
   *
   * @param e what a function threw
   * @return false for any other exception
   */
  public boolean isAskedAgain(Throwable e) {
    AskedAgainException own = asked;
    Throwable cause = e;
    for (int depth = 0; own != null && cause != null && depth < MOST_CAUSES; depth++) {
      if (cause == own) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /**
   * A context for a test: attempt 1 of a function of this process, that is not cancelled.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The body of a function.
   *
   * @param <T> its result
   * @param <X> what it throws
   */
  @FunctionalInterface
  public interface Body<T, X extends Throwable> {
    /**
     * Runs it.
     *
     * @return its result, or null
     * @throws X if it fails
     */
    @Nullable T run() throws X;
  }

  /**
   * The owner that opened a function's job.
   *
   * @param ownerId the column {@code owner.id}
   * @param pid its process
   * @param endedAt when its end was recorded, by the clock of the database; null while it is open
   * @param rebooted whether the machine has surely booted since that owner opened: the boot id is
   *     another one, in the same pid namespace. A container may have a boot id of its own
   * @param jobEndedAt when the end of the job was recorded, by the clock of the database; null if
   *     it was not
   * @param jobCommitted whether the job has said that it succeeded, see {@code JobContext.commit}
   * @param timesAskedAgain how many attempts of the function have ended by {@link #askAgain}, or
   *     because it was to run later
   * @param retriedByOperator whether an operator has had it tried again, see {@code Operator.retry}
   */
  public record Origin(
      long ownerId,
      long pid,
      @Nullable Instant endedAt,
      boolean rebooted,
      @Nullable Instant jobEndedAt,
      boolean jobCommitted,
      int timesAskedAgain,
      boolean retriedByOperator) {}

  /**
   * That a function has asked to run again.
   *
   * @param after how long to wait
   * @param reason one line for operators
   */
  public record AskedAgain(Duration after, String reason) {}

  /** The engine asks {@link #isAskedAgain}; no other code needs the type. */
  private static final class AskedAgainException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient AskedAgain asked;

    AskedAgainException(Duration wait, String reason) {
      super(reason, null, false, false);
      this.asked = new AskedAgain(wait, reason);
    }
  }

  /** Makes contexts. For one thread. */
  public static final class Builder {
    private long functionId = 1;
    private @Nullable String key;
    private int attempt = 1;
    private long claimNo;
    private long epoch;
    private Supplier<Origin> origin = () -> new Origin(1, 1, null, false, null, false, 0, false);
    private Supplier<Instant> clock = Instant::now;
    private BooleanSupplier cancelled = () -> false;
    private Optional<Duration> settle = Optional.empty();

    private Builder() {}

    /**
     * Which function it is.
     *
     * @param id the id of its row
     * @param number the number of the attempt, from 1
     * @return this
     */
    public Builder function(long id, int number) {
      this.functionId = id;
      this.attempt = number;
      return this;
    }

    /**
     * How often it has changed its owner. More than 0 makes it an orphan.
     *
     * @param number what {@link RunContext#fencingNumber} says
     * @return this
     */
    public Builder claims(long number) {
      this.claimNo = number;
      return this;
    }

    /**
     * What {@link RunContext#functionKey} says, if it is not the number.
     *
     * @param text the id of the function's row
     * @return this
     */
    public Builder key(String text) {
      this.key = Objects.requireNonNull(text, "text");
      return this;
    }

    /**
     * What {@link RunContext#epoch} says.
     *
     * @param number the epoch of the fleet
     * @return this
     */
    public Builder epoch(long number) {
      this.epoch = number;
      return this;
    }

    /**
     * Who opened its job.
     *
     * @param who gives the owner
     * @return this
     */
    public Builder origin(Supplier<Origin> who) {
      this.origin = Objects.requireNonNull(who, "who");
      return this;
    }

    /**
     * The clock by which {@link Origin#endedAt} is to be compared.
     *
     * @param now gives the time
     * @return this
     */
    public Builder clock(Supplier<Instant> now) {
      this.clock = Objects.requireNonNull(now, "now");
      return this;
    }

    /**
     * What {@link RunContext#isCancelled} says.
     *
     * @param isCancelled whether the function's time is up
     * @return this
     */
    public Builder cancelled(BooleanSupplier isCancelled) {
      this.cancelled = Objects.requireNonNull(isCancelled, "isCancelled");
      return this;
    }

    /**
     * What {@link RunContext#settle} says.
     *
     * @param time empty for none
     * @return this
     */
    public Builder settle(Optional<Duration> time) {
      this.settle = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * The context.
     *
     * @return a new one
     */
    public RunContext build() {
      return new RunContext(this);
    }
  }
}
