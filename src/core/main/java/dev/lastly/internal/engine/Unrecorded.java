package dev.lastly.internal.engine;

import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Liveness;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoreException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
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
  private final Map<FunctionId, Integer> cancelling = new HashMap<>(); // by so many threads
  private final Set<JobId> handedOver = new HashSet<>(); // now

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

  /** Whether these may begin: there is room in memory, and no thread cancels or moves any. */
  private boolean mayBegin(List<StoredFunction> functions) {
    return attempts.size() + functions.size() <= MAX
        && functions.stream()
            .noneMatch(f -> cancelling.containsKey(f.id()) || handedOver.contains(f.job()));
  }

  /**
   * Notes that functions of one job begin.
   *
   * @param orphans whether their owner has ended, and this process has not claimed them
   * @param failure why the store has no record of that
   * @return false if another process runs orphans of that job; then none may begin
   * @throws StoreException the failure, if they have to wait for the store
   */
  synchronized boolean begin(
      List<StoredFunction> functions, boolean orphans, StoreException failure) {
    if (!mayBegin(functions)) {
      throw failure;
    }
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

  /** The state of a function as it is, though the store does not say so; empty if it does. */
  synchronized Optional<FunctionState> state(FunctionId function) {
    Attempt attempt = attempts.get(function);
    if (attempt == null) {
      return Optional.empty();
    }
    EndedAttempt ended = attempt.ended();
    return Optional.of(ended == null ? FunctionState.RUNNING : ended.result().next());
  }

  /**
   * Has the store cancel functions of which none runs or has run. Meanwhile none begins without a
   * record: what the store then says would be wrong.
   *
   * @return what the store says; false, without asking, if one runs or has run
   */
  boolean cancel(Collection<FunctionId> functions, BooleanSupplier store) {
    synchronized (this) {
      if (functions.stream().anyMatch(attempts::containsKey)) {
        return false;
      }
      functions.forEach(f -> cancelling.merge(f, 1, Integer::sum));
    }
    try {
      return store.getAsBoolean();
    } finally {
      synchronized (this) {
        functions.forEach(f -> cancelling.computeIfPresent(f, (id, n) -> n == 1 ? null : n - 1));
      }
    }
  }

  /**
   * Has the store hand over a job of which nothing runs or has run without a record, and nothing
   * begins so meanwhile: it would run again there.
   *
   * @return what the store says; empty, without asking, if something runs or has run so
   */
  <T> Optional<T> handOver(JobId job, Supplier<T> store) {
    synchronized (this) {
      if (attempts.values().stream().anyMatch(attempt -> attempt.job().equals(job))) {
        return Optional.empty();
      }
      handedOver.add(job);
    }
    try {
      return Optional.of(store.get());
    } finally {
      synchronized (this) {
        handedOver.remove(job);
      }
    }
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
