package dev.lastly.fleet.internal;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.UUID;

/**
 * Makes ids: UUIDs of version 7, RFC 9562. Those of one process grow, even if its clock steps back;
 * those of different processes say nothing of their order. Thread-safe.
 */
final class Uuid7 {
  private static final int COUNTER_BITS = 12;
  private static final long VERSION = 7L << COUNTER_BITS;
  private static final long VARIANT = 1L << 63;
  private static final SecureRandom RANDOM = new SecureRandom();

  private static long last; // milliseconds and counter; guarded by the class

  private Uuid7() {}

  static UUID next() {
    long now = tick(System.currentTimeMillis() << COUNTER_BITS);
    long counter = now & ((1 << COUNTER_BITS) - 1);
    return new UUID(
        (now >>> COUNTER_BITS << 16) | VERSION | counter, RANDOM.nextLong() >>> 2 | VARIANT);
  }

  /** A random place between two ids, in PostgreSQL's order; it is no id itself. */
  static UUID between(UUID first, UUID last) {
    BigInteger from = number(first);
    BigInteger many = number(last).subtract(from).add(BigInteger.ONE);
    BigInteger there = from.add(new BigInteger(128, RANDOM).mod(many));
    return new UUID(there.shiftRight(64).longValue(), there.longValue());
  }

  private static BigInteger number(UUID id) {
    return new BigInteger(id.toString().replace("-", ""), 16);
  }

  private static synchronized long tick(long now) {
    last = Math.max(last + 1, now);
    return last;
  }
}
