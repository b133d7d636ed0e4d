package dev.lastly.internal.spi;

import java.time.Duration;

/**
 * A moment by the clock of a store, from which all come: there may be no other clock by which it
 * means anything. Immutable.
 *
 * @param millis milliseconds since the epoch, as that clock shows them
 */
public record Moment(long millis) implements Comparable<Moment> {
  /** So much later. */
  public Moment plus(Duration time) {
    return new Moment(millis + time.toMillis());
  }

  /** So much earlier. */
  public Moment minus(Duration time) {
    return new Moment(millis - time.toMillis());
  }

  /** How many milliseconds another moment is later than this one; 0 if it is not. */
  public long millisUntil(Moment later) {
    return Math.max(0, later.millis - millis);
  }

  @Override
  public int compareTo(Moment other) {
    return Long.compare(millis, other.millis);
  }
}
