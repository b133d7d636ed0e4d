package dev.lastly.internal.spi;

import java.time.Duration;

/**
 * A moment by the clock of a store. Compare it only with moments of the same store: other clocks
 * may differ. Immutable.
 *
 * @param millis milliseconds since the epoch, by that clock
 */
public record Moment(long millis) implements Comparable<Moment> {
  /** The moment that is later by this duration. */
  public Moment plus(Duration time) {
    return new Moment(millis + time.toMillis());
  }

  /** The moment that is earlier by this duration. */
  public Moment minus(Duration time) {
    return new Moment(millis - time.toMillis());
  }

  /** Milliseconds from this moment to a later one; 0 if the other is not later. */
  public long millisUntil(Moment later) {
    return Math.max(0, later.millis - millis);
  }

  @Override
  public int compareTo(Moment other) {
    return Long.compare(millis, other.millis);
  }
}
