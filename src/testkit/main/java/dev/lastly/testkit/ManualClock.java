package dev.lastly.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that shows the same moment until a test moves it. Thread-safe. */
public final class ManualClock implements InstantSource {
  private volatile Instant now; // written under this

  private ManualClock(Instant now) {
    this.now = now;
  }

  /**
   * Makes a clock that shows a moment.
   *
   * @param now the moment
   * @return the clock
   */
  public static ManualClock at(Instant now) {
    return new ManualClock(now);
  }

  @Override
  public Instant instant() {
    return now;
  }

  /**
   * Moves the clock forward or back.
   *
   * @param time how far; negative to move it back, as an administrator may
   * @return what it shows now
   * @throws java.time.DateTimeException if the result is out of the range of {@link Instant}
   * @throws ArithmeticException if the result overflows
   */
  public synchronized Instant advance(Duration time) {
    Instant moved = now.plus(time);
    now = moved;
    return moved;
  }

  /**
   * Sets the clock.
   *
   * @param instant what it shows from now on
   */
  public synchronized void set(Instant instant) {
    now = instant;
  }

  @Override
  public String toString() {
    return "ManualClock[" + now + "]";
  }
}
