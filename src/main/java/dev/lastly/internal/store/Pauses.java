package dev.lastly.internal.store;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * How long to sleep between two looks at the line, in one wait. Each look costs the others time,
 * all the more if there are more processes than processors: so who stands far behind looks rarely.
 */
final class Pauses {
  /** Who only writes now and then has gone by then. */
  private static final long LUCK_NANOS = TimeUnit.MICROSECONDS.toNanos(400);

  /**
   * So long before the end of another's turn the next one gets ready: it has noticed late that it
   * is the first, and wakes late.
   */
  private static final long EARLY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private static final long FIRST_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
  private static final long OTHER_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final long start;
  private final long expectedNanos;
  private final boolean comesBack;
  private final long sparedNanos;
  private boolean behind;
  private long lastLook;
  private boolean spared;
  private long spareUntil;

  /**
   * A wait begins.
   *
   * @param expectedNanos how long it may take: how long the last one took
   * @param comesBack whether this process has been writing until now. If two that write all the
   *     time tried their luck, each would cut the other's turn short, again and again.
   * @param turnNanos how long the others write before they let somebody go first
   */
  Pauses(long start, long expectedNanos, boolean comesBack, long turnNanos) {
    this.sparedNanos = Math.max(0, turnNanos - EARLY_NANOS);
    this.start = start;
    this.expectedNanos = expectedNanos;
    this.comesBack = comesBack;
    this.spareUntil = start;
  }

  /** Whether to try to get the lock now. */
  boolean mayTry(boolean first, long now) {
    // Who was first before has just begun its turn, and lets others go first when that is over: to
    // try meanwhile could only cut it short. The same holds for whoever keeps coming back.
    if (first && (behind || (!spared && (comesBack || now - start >= LUCK_NANOS)))) {
      spared = true;
      // Its turn may have begun right after the last look. To get ready too early may cost it the
      // end of its turn; to be too late costs everybody the time until then.
      spareUntil = (behind ? lastLook : now) + sparedNanos;
    }
    behind = !first;
    lastLook = now;
    return first && now - spareUntil >= 0;
  }

  /** How long to sleep now. */
  long next(long now) {
    if (!behind && now - spareUntil < 0) {
      return spareUntil - now;
    }
    return behind
        ? Math.max((expectedNanos - (now - start)) / 2, random(OTHER_NANOS))
        : random(FIRST_NANOS);
  }

  /** Several may try at once when the line does not move. */
  private static long random(long most) {
    return ThreadLocalRandom.current().nextLong(most / 2, most);
  }
}
