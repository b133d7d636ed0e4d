package dev.lastly.bench.tool;

import java.util.concurrent.atomic.LongAdder;

/** The call that every tool registers: it takes a path of 60 bytes and only counts. */
public final class Call {
  /** The argument. */
  public static final String ARGUMENT =
      "/var/lib/pipeline/scratch/sample-17/align/run-000042/tmp-9f3";

  private static final LongAdder MADE = new LongAdder();

  private Call() {}

  /** Counts the call, and does nothing else. */
  public static void nothing(String path) {
    if (path.isEmpty()) {
      throw new IllegalArgumentException("the argument was lost");
    }
    MADE.increment();
  }

  /** How often {@link #nothing} was called in this JVM. */
  public static long made() {
    return MADE.sum();
  }
}
