package dev.lastly.fleet.internal;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.Log;
import dev.lastly.model.FunctionState;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the database has acknowledged to one owner, in memory: a failover to a standby that did not
 * have it yet, or a crash of the server, makes the database forget it, and {@link Restoring} writes
 * it again. Of functions that are unfinished everything is kept, of others how they ended. Bounded;
 * thread-safe.
 */
final class Acknowledged {
  private static final Log log = Log.of(Acknowledged.class);

  static final int MOST_FUNCTIONS = 100_000;
  static final long MOST_CHARS = 64L << 20;
  static final int MOST_ENDINGS = 65_536;

  /** How a function's last attempt ended, or that it was cancelled. */
  enum Ending {
    DONE,
    CANCELLED,
    FAILED
  }

  // All guarded by this.
  private final Map<UUID, NewFunction> unfinished = new LinkedHashMap<>();
  private final Map<UUID, Kept> jobs = new HashMap<>();
  private final Map<UUID, Ending> endings = newest(MOST_ENDINGS);
  private final Map<UUID, Boolean> committed = newest(MOST_ENDINGS);
  private long chars;
  private boolean overflowed;
  private boolean suspected;

  /** What is kept of one job. */
  private static final class Kept {
    private final Set<UUID> functions = new HashSet<>();
    private boolean ended;
  }

  private static <V> Map<UUID, V> newest(int most) {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<UUID, V> eldest) {
        return size() > most;
      }
    };
  }

  synchronized void registered(NewFunction function) {
    long more = chars(function);
    if (unfinished.size() >= MOST_FUNCTIONS || chars + more > MOST_CHARS) {
      if (!overflowed) {
        overflowed = true;
        log.warn(
            "this process has more than {} functions or {} characters in a fleet. If the fleet's"
                + " database loses acknowledged rows in a failover, this process can write only the"
                + " first of them again",
            MOST_FUNCTIONS,
            MOST_CHARS);
      }
      return;
    }
    if (unfinished.putIfAbsent(function.id(), function) == null) {
      chars += more;
      boolean unused =
          jobs.computeIfAbsent(function.job(), job -> new Kept()).functions.add(function.id());
    }
  }

  private static long chars(NewFunction function) {
    EncodedCall call = function.registration().call();
    return call.arguments().length() + (long) call.name().length();
  }

  /** Notes that attempts are about to begin: how an earlier one ended says nothing any more. */
  synchronized void begin(Collection<UUID> functions) {
    functions.forEach(endings::remove);
  }

  /** Notes how an attempt has ended, whether the database knows that or not. */
  synchronized void ended(EndedAttempt attempt) {
    UUID function = Rows.uuid(attempt.function().id());
    FunctionState next = attempt.result().next();
    if (function == null) {
      return;
    }
    endings.remove(function); // so that it becomes the newest
    if (next == FunctionState.RETRY_WAIT) {
      endings.put(function, Ending.FAILED);
      return;
    }
    if (next == FunctionState.DONE) {
      endings.put(function, Ending.DONE);
    }
    NewFunction unused = remove(function); // a quarantined one that is forgotten runs once more
  }

  synchronized void cancelled(Collection<UUID> functions) {
    for (UUID function : functions) {
      endings.put(function, Ending.CANCELLED);
      NewFunction unused = remove(function);
    }
  }

  synchronized void committed(UUID job) {
    committed.put(job, true);
  }

  /** Notes that the job runs its functions now, or has run them. */
  synchronized void jobEnded(UUID job) {
    Kept kept = jobs.get(job);
    if (kept != null) {
      kept.ended = true;
    }
  }

  /** Notes that the functions of a job belong to another owner from now on. */
  synchronized void handedOver(UUID job) {
    Kept kept = jobs.get(job);
    if (kept != null) {
      for (UUID function : List.copyOf(kept.functions)) {
        NewFunction unused = remove(function);
      }
    }
  }

  private synchronized @Nullable NewFunction remove(UUID function) {
    NewFunction removed = unfinished.remove(function);
    if (removed != null) {
      chars -= chars(removed);
      Kept kept = jobs.get(removed.job());
      if (kept != null && kept.functions.remove(function) && kept.functions.isEmpty()) {
        jobs.remove(removed.job());
      }
    }
    return removed;
  }

  /** Notes that the database may have forgotten something. */
  synchronized void suspect() {
    suspected = true;
  }

  /** Whether the database may have forgotten something. */
  synchronized boolean isSuspected() {
    return suspected;
  }

  /** The same, and ends the suspicion. */
  synchronized boolean takeSuspicion() {
    boolean was = suspected;
    suspected = false;
    return was;
  }

  /** Whether it is kept as unfinished. */
  synchronized boolean isUnfinished(UUID function) {
    return unfinished.containsKey(function);
  }

  /** Whether the job of an unfinished function has ended, or an attempt of it has. */
  synchronized boolean isDue(NewFunction function) {
    Kept kept = jobs.get(function.job());
    return (kept != null && kept.ended) || endings.get(function.id()) == Ending.FAILED;
  }

  /** Those that are kept as unfinished, first to be registered first. */
  synchronized List<NewFunction> unfinished() {
    return List.copyOf(unfinished.values());
  }

  /** The last functions that ended so. */
  synchronized List<UUID> ended(Ending how) {
    return endings.entrySet().stream()
        .filter(one -> one.getValue() == how)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The last jobs that said that they have succeeded. */
  synchronized List<UUID> committedJobs() {
    return List.copyOf(committed.keySet());
  }
}
