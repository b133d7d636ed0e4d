package dev.lastly.internal.engine;

import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Liveness;
import dev.lastly.internal.spi.StoredFunction;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The attempts that run, or have run, although the store could not record their begin: there was no
 * room, or the device failed. If clean-up waited for the record, it could never make room for it.
 *
 * <p>Only this process knows of them. If it dies before they are recorded, the functions run again,
 * and their attempts do not count. So that no other process runs the same orphans meanwhile, their
 * job is reserved, see {@link Liveness#reserve}. Thread-safe.
 */
final class Unrecorded {
  /** The limit on remembered attempts. Beyond it, functions wait for the store. */
  private static final int MAX = 10_000;

  private final Liveness liveness;

  // Guarded by this.
  private final Map<FunctionId, Attempt> attempts = new LinkedHashMap<>();
  private final Map<JobId, Integer> orphansOf = new HashMap<>();

  /** Nothing has run without a record yet. */
  Unrecorded(Liveness liveness) {
    this.liveness = liveness;
  }

  /**
   * One attempt.
   *
   * @param ended null while it runs
   */
  private record Attempt(JobId job, boolean orphan, @Nullable EndedAttempt ended) {}

  /** Whether there is room in memory for so many more attempts. */
  synchronized boolean isRoomFor(int more) {
    return attempts.size() + more <= MAX;
  }

  /**
   * Notes that functions of one job begin.
   *
   * @param orphans whether their owner has ended, and this process has not claimed them
   * @return false if another process runs orphans of that job; then none may begin
   */
  synchronized boolean begin(List<StoredFunction> functions, boolean orphans) {
    for (StoredFunction f : functions) {
      if (orphans && !orphansOf.containsKey(f.job()) && !liveness.reserve(f.job())) {
        return false;
      }
      if (attempts.put(f.id(), new Attempt(f.job(), orphans, null)) == null && orphans) {
        orphansOf.merge(f.job(), 1, Integer::sum);
      }
    }
    return true;
  }

  /** Notes the end of an attempt. False if its begin was recorded, so that its end must be, too. */
  synchronized boolean end(EndedAttempt ended) {
    Attempt begun = attempts.get(ended.function().id());
    if (begun == null) {
      return false;
    }
    // Recording needs no arguments, which may be long.
    EndedAttempt kept =
        new EndedAttempt(
            ended.function().withoutArguments(),
            ended.result(),
            ended.startedAt(),
            ended.finishedAt());
    attempts.put(ended.function().id(), new Attempt(begun.job(), begun.orphan(), kept));
    return true;
  }

  /** Whether a function runs, or has run, and that is not recorded. It must not begin again. */
  synchronized boolean contains(FunctionId function) {
    return !attempts.isEmpty() && attempts.containsKey(function);
  }

  /** The attempts that have ended, in the order in which they began. */
  synchronized List<EndedAttempt> ended() {
    return attempts.values().stream().map(Attempt::ended).filter(Objects::nonNull).toList();
  }

  /** Whether any attempt has ended. */
  synchronized boolean isAnyEnded() {
    return !attempts.isEmpty() && attempts.values().stream().anyMatch(a -> a.ended() != null);
  }

  /** Forgets an attempt: its begin has been recorded, or it cannot be. */
  synchronized void remove(FunctionId function) {
    Attempt removed = attempts.remove(function);
    if (removed != null
        && removed.orphan()
        && orphansOf.merge(removed.job(), -1, Integer::sum) == 0) {
      orphansOf.remove(removed.job());
      liveness.free(removed.job());
    }
  }

  /** Forgets all: the owner ends, and other processes run them again. */
  synchronized void clear() {
    List.copyOf(attempts.keySet()).forEach(this::remove);
  }
}
