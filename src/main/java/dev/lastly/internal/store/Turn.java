package dev.lastly.internal.store;

import java.util.concurrent.TimeUnit;

/**
 * How long this process has been writing without letting anybody else go first. To change after
 * each transaction would be fairest, and slow: whoever writes after another process has to read
 * again what it knew. So each writes for a while: the longer, the fewer they are, so that nobody
 * waits for much longer than with many. For one thread at a time.
 */
final class Turn {
  /** How long a turn is at first, and with many processes; and how long a pause ends it. */
  static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(4);

  static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(12);

  /** A turn after a wait of so long is as short as it gets. */
  static final long LONG_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(60);

  private long length = SHORTEST_NANOS;

  private boolean begun;
  private long began;
  private long used;

  /** Whether those who wait, if anybody does, are to go first. */
  boolean isOver(long now) {
    return isUsed(now) && now - began >= length;
  }

  /**
   * Whether it has lasted for twice as long as it should: whoever waits, asleep or not, is next.
   */
  boolean isLongOver(long now) {
    return isUsed(now) && now - began >= 2 * length;
  }

  /** Whether this process has been writing just now, so that it is about to be back soon. */
  boolean isUsed(long now) {
    return begun && now - used < SHORTEST_NANOS;
  }

  /** The lock has been had, within a turn or not. */
  void use(long now) {
    if (!begun || now - used >= SHORTEST_NANOS) {
      begin(now);
    }
    used = now;
  }

  /** The lock has been used until now: what comes soon belongs to the same turn. */
  void keep(long now) {
    used = now;
  }

  /**
   * The lock was had after so long a wait: the shorter that was, the longer may this process write.
   * All wait for about the same time, so all have turns of about the same length. The mean with the
   * last one keeps a checkpoint's wait from being answered by everybody at once.
   */
  void waited(long nanos) {
    long spread = LONGEST_NANOS - SHORTEST_NANOS;
    long cut = (long) (spread * Math.min(1.0, nanos / (double) LONG_WAIT_NANOS));
    length = (length + LONGEST_NANOS - cut) / 2;
  }

  /** How long a turn is at present; those of the others will be like that. */
  long lengthNanos() {
    return length;
  }

  /** A turn begins: the lock has been had after all, or nobody waits. */
  void begin(long now) {
    begun = true;
    began = now;
    used = now;
  }
}
