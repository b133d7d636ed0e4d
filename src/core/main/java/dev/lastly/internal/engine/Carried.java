package dev.lastly.internal.engine;

import dev.lastly.internal.spi.Log;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.ContextCarrier;
import dev.lastly.model.RunContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the user's {@link ContextCarrier}s take from a registration to a run. Their code may throw
 * anything: that is logged, once for each kind, and changes nothing else. Thread-safe.
 */
final class Carried {
  private static final Log log = Log.of(Carried.class);

  /** The limit on remembered complaints: a carrier may throw a new class each time. */
  private static final int MOST_REPORTED = 100;

  private final List<ContextCarrier> carriers;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  Carried(List<ContextCarrier> carriers) {
    this.carriers = carriers;
  }

  /** Whether no carrier is there, so that nothing needs to be read or restored. */
  boolean isNone() {
    return carriers.isEmpty();
  }

  /** The entries to store with a function that this thread registers now. */
  Map<String, String> capture() {
    if (carriers.isEmpty()) {
      return Map.of();
    }
    Map<String, String> entries = new LinkedHashMap<>();
    for (ContextCarrier carrier : carriers) {
      try {
        carrier.capture().forEach((key, value) -> add(entries, key, value));
      } catch (Throwable e) { // user code may throw anything
        complain(carrier, "capture()", e);
      }
    }
    return entries;
  }

  private static void add(
      Map<String, String> entries, @Nullable String key, @Nullable String value) {
    if (key != null && value != null) {
      entries.put(key, value);
    }
  }

  /** Says once for each key that the limit left an entry out. */
  void leftOut(String key) {
    report(
        "the context entry '"
            + key
            + "' does not go along with functions: all entries of one may have "
            + ContextCarrier.MAX_LENGTH
            + " characters of JSON. Carry fewer or shorter ones");
  }

  /** Sets up what was stored with a function, in the thread that runs it. */
  AllRestored restore(Map<String, String> entries, String function, RunContext run) {
    return restore("restore()", carrier -> carrier.restore(entries, function, run));
  }

  /** Sets up what the lines about the end of a run show. */
  AllRestored restoreForLog(Map<String, String> entries) {
    return restore("restoreForLog()", carrier -> carrier.restoreForLog(entries));
  }

  private AllRestored restore(
      String method, Function<ContextCarrier, ContextCarrier.Restored> how) {
    AllRestored restored = new AllRestored();
    for (ContextCarrier carrier : carriers) {
      try {
        restored.contexts.add(new Open(carrier, how.apply(carrier)));
      } catch (Throwable e) { // user code may throw anything
        complain(carrier, method, e);
      }
    }
    return restored;
  }

  /** A scope, and the carrier that made it. */
  private record Open(ContextCarrier carrier, ContextCarrier.Restored restored) {}

  /** The contexts of one run. For one thread. */
  final class AllRestored {
    private final List<Open> contexts = new ArrayList<>();

    private AllRestored() {}

    /** Takes them down, last first. */
    void close(AttemptOutcome outcome) {
      for (int i = contexts.size() - 1; i >= 0; i--) {
        Open open = contexts.get(i);
        try {
          open.restored().close(outcome);
        } catch (Throwable e) { // user code may throw anything
          complain(open.carrier(), "close()", e);
        }
      }
    }
  }

  /** Runs no method of the throwable that a user may have written. */
  private void complain(ContextCarrier carrier, String method, Throwable e) {
    report(
        "a context carrier failed: "
            + carrier.getClass().getName()
            + " threw "
            + e.getClass().getName()
            + " in "
            + method
            + ". Functions are registered and run without its context");
  }

  private void report(String complaint) {
    try {
      if (reported.size() < MOST_REPORTED && reported.add(complaint)) {
        log.warn("{}; this is logged once", complaint);
      }
    } catch (OutOfMemoryError e) {
      // A function has missed its context, and there is no memory to say so.
    }
  }
}
