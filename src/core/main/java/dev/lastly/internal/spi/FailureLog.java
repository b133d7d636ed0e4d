package dev.lastly.internal.spi;

import dev.lastly.model.LastlyException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Reports work that fails again and again: each cause with one line, then a count from time to
 * time, and one line when the work succeeds. A full disk fails the same work many times a second,
 * and a log that grows then makes it worse. Thread-safe.
 */
public final class FailureLog {
  /** The first count follows after this time, each further one after twice the last. */
  private static final long FIRST_COUNT_NANOS = Duration.ofMinutes(1).toNanos();

  /** The longest time between two counts. */
  private static final long LAST_COUNT_NANOS = Duration.ofHours(1).toNanos();

  /** The limit on remembered causes, so that their texts cannot fill the memory. */
  private static final int MAX_CAUSES = 100;

  private final Log log;
  private final LongSupplier nanoTime;
  private final Map<String, Repeats> repeats = new HashMap<>(); // guarded by this

  /**
   * Has seen no failure.
   *
   * @param log receives the lines
   */
  public FailureLog(Log log) {
    this(log, System::nanoTime);
  }

  FailureLog(Log log, LongSupplier nanoTime) {
    this.log = log;
    this.nanoTime = nanoTime;
  }

  /** One kind of work that fails for one cause. */
  private static final class Repeats {
    private final String what;
    private long times = 1;
    private long told;
    private long pause = FIRST_COUNT_NANOS;

    Repeats(String what, long now) {
      this.what = what;
      this.told = now;
    }

    /** Counts a failure. True if it is time for a line. */
    boolean isDue(long now) {
      times++;
      if (now - told < pause) {
        return false;
      }
      told = now;
      pause = Math.min(LAST_COUNT_NANOS, 2 * pause);
      return true;
    }
  }

  /**
   * Reports a failure, unless the same work has failed for the same cause before.
   *
   * @param what the work, as in "could not …"
   * @param next what happens now, such as when the work is tried again
   * @param e why; a stack trace follows once if the text alone cannot tell an operator what to do
   */
  public void failed(String what, String next, Throwable e) {
    String cause = text(e);
    switch (count(what, what + " " + key(e))) {
      case FIRST -> {
        if (e instanceof LastlyException) {
          log.warn("could not {}; {}: {}", what, next, cause);
          log.debug("could not {}", what, e);
        } else {
          log.warn("could not {}; {}: {}", what, next, cause, e);
        }
      }
      case COUNT ->
          log.warn("could not {} {} times so far; {}: {}", what, times(what), next, cause);
      default -> log.debug("could not {} again", what, e);
    }
  }

  private enum News {
    FIRST,
    COUNT,
    NONE
  }

  private synchronized News count(String what, String key) {
    Repeats known = repeats.get(key);
    if (known != null) {
      return known.isDue(nanoTime.getAsLong()) ? News.COUNT : News.NONE;
    }
    if (repeats.size() >= MAX_CAUSES) {
      return News.NONE;
    }
    repeats.put(key, new Repeats(what, nanoTime.getAsLong()));
    return News.FIRST;
  }

  private synchronized long times(String what) {
    return repeats.values().stream().filter(r -> r.what.equals(what)).mapToLong(r -> r.times).sum();
  }

  /** Reports that this work has succeeded, if it had failed before. Cheap otherwise. */
  public void worked(String what) {
    long failures;
    synchronized (this) {
      if (repeats.isEmpty()) {
        return;
      }
      failures = times(what);
      repeats.values().removeIf(r -> r.what.equals(what));
    }
    if (failures > 0) {
      log.info("no longer fails, after {} failures: {}", failures, what);
    }
  }

  /**
   * What tells one cause from another: the first exception of the chain, which names no row.
   * Numbers do not count.
   */
  private static String key(Throwable e) {
    Throwable first = e;
    for (int depth = 0; first.getCause() != null && depth < MAX_CAUSES; depth++) {
      first = first.getCause();
    }
    return text(first).replaceAll("\\d+", "#");
  }

  private static String text(Throwable e) {
    return e.getClass().getSimpleName() + ": " + e.getMessage();
  }
}
