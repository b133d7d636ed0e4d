package dev.lastly.internal.store;

import java.util.concurrent.TimeUnit;

/**
 * How long this process has been writing without letting anybody else go first. To change after
 * each transaction would be fairest, and slow: whoever writes after another process has to read
 * again what it knew. So each writes for a while. For one thread at a time.
 */
final class Turn {
  /** How long a turn is, and how long a pause ends it. */
  static final long LENGTH_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  private boolean begun;
  private long began;
  private long used;

  /** Whether those who wait, if anybody does, are to go first. */
  boolean isOver(long now) {
    return isUsed(now) && now - began >= LENGTH_NANOS;
  }

  /** Whether this process has been writing just now, so that it is about to be back soon. */
  boolean isUsed(long now) {
    return begun && now - used < LENGTH_NANOS;
  }

  /** The lock has been had, within a turn or not. */
  void use(long now) {
    if (!begun || now - used >= LENGTH_NANOS) {
      begin(now);
    }
    used = now;
  }

  /** A turn begins: the lock has been had after all, or nobody waits. */
  void begin(long now) {
    begun = true;
    began = now;
    used = now;
  }
}
