package dev.lastly.fuzz;

import java.util.concurrent.atomic.AtomicInteger;

/** How many classes were initialised that should not have been. */
public final class Initialised {
  private static final AtomicInteger COUNT = new AtomicInteger();

  private Initialised() {}

  /** Called by static initialisers. */
  public static void mark() {
    COUNT.incrementAndGet();
  }

  /** Since the JVM was started. */
  public static int count() {
    return COUNT.get();
  }
}
