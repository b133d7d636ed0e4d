package dev.lastly.internal.engine;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Has the store record how attempts ended and begin the next ones; keeps for later what the store
 * could not record. Thread-safe.
 */
final class Recorder {
  private static final Log log = Log.of(Recorder.class);

  /** Most things that are remembered as reported: rows must not be able to fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private static final AttemptStep.Result NOTHING =
      new AttemptStep.Result(List.of(), List.of(), null, false);

  private static final AttemptResult NEVER_BEGUN =
      new AttemptResult(
          AttemptOutcome.UNRESOLVABLE,
          FunctionState.RETRY_WAIT,
          Duration.ZERO,
          "the database failed when this attempt was begun, so the function was not run",
          null);

  private final Membership me;
  private final Unresolvable unresolvable;

  // What could not be written, because the store failed after a function had run. The row stays
  // 'running' until this succeeds, so that it is not run again meanwhile.
  private final Queue<EndedAttempt> kept = new ConcurrentLinkedQueue<>();

  // Functions whose begin the store could not commit, as far as it could tell. No thread runs them.
  private final Set<FunctionId> uncertain = ConcurrentHashMap.newKeySet();

  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  // When the earliest retry of this owner is due, as far as is known here. It may miss one that
  // another thread records at the same moment; the next round finds that in the database.
  private volatile @Nullable Moment nextDue; // at first the start, so that the first round looks

  Recorder(Membership me, Unresolvable unresolvable) {
    this.me = me;
    this.unresolvable = unresolvable;
    this.nextDue = me.now();
  }

  /** When the earliest retry of this owner is due; null if none waits. */
  @Nullable Moment nextDue() {
    return nextDue;
  }

  /** The database has said when the earliest retry is due. */
  void setNextDue(@Nullable Moment due) {
    nextDue = due;
  }

  /** A function waits until then. */
  void due(Moment due) {
    Moment next = nextDue;
    if (next == null || due.compareTo(next) < 0) {
      nextDue = due;
    }
  }

  /** Keeps what has ended for {@link #recordKept}. */
  void keep(List<EndedAttempt> ended) {
    kept.addAll(ended);
  }

  /** Whether anything is left to be recorded. */
  boolean isAnyKept() {
    return !kept.isEmpty() || !uncertain.isEmpty();
  }

  /** Records what the store could not record before. */
  void recordKept() {
    for (EndedAttempt ended = kept.poll(); ended != null; ended = kept.poll()) {
      stepOrSkip(AttemptStep.end(ended));
    }
    if (!uncertain.isEmpty()) {
      endUncertain(List.copyOf(uncertain));
    }
  }

  private void endUncertain(List<FunctionId> ids) {
    List<StoredFunction> begun = me.store().running(ids);
    uncertain.removeIf(
        id ->
            ids.contains(id)
                && begun.stream().noneMatch(f -> f.id().equals(id))); // they never began
    for (StoredFunction f : begun) {
      if (uncertain.remove(f.id())) { // else another thread does it
        try {
          stepOrSkip(AttemptStep.end(new EndedAttempt(f, NEVER_BEGUN, me.now(), me.now())));
        } catch (StoreException e) {
          uncertain.add(f.id());
          throw e;
        }
      }
    }
  }

  /** Passes over rows that the database refuses to change: one bad row must not stop the others. */
  AttemptStep.Result stepOrSkip(AttemptStep step) {
    try {
      return step(step);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      if (step.size() > 1) {
        return stepApart(step);
      }
      reportRefusal(name(step), e);
      return NOTHING;
    }
  }

  /** One line for each cause: the row stays as it is, and is tried again and again. */
  void reportRefusal(String what, StoreException e) {
    if (isNews(what + " " + e.getMessage())) {
      log.error("{} cannot be brought forward and stays as it is; look at its rows", what, e);
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REPORTED && reported.add(what);
  }

  /** Each change by itself. What has begun must be run at once, so that comes last. */
  private AttemptStep.Result stepApart(AttemptStep step) {
    List<EndedAttempt> ended = step.ended();
    for (int i = 0; i < ended.size(); i++) {
      try {
        stepOrSkip(AttemptStep.end(ended.get(i)));
      } catch (StoreException e) {
        keep(ended.subList(i + 1, ended.size()));
        throw e;
      }
    }
    FunctionId newest = null;
    if (step.endedJob() != null) {
      newest = stepOrSkip(new AttemptStep(List.of(), List.of(), step.endedJob())).newest();
    }
    List<StoredFunction> started = new ArrayList<>();
    boolean busy = false;
    if (!step.next().isEmpty()) {
      AttemptStep.Result begun =
          stepOrSkip(new AttemptStep(List.of(), step.next(), null, step.unrunnable()));
      started.addAll(begun.started());
      busy = begun.jobBusy();
    }
    return new AttemptStep.Result(List.of(), started, newest, busy);
  }

  private static String name(AttemptStep step) {
    if (!step.ended().isEmpty()) {
      return "function " + step.ended().get(0).function().id();
    }
    return step.next().isEmpty()
        ? "the end of job " + step.endedJob()
        : "function " + step.next().get(0).id();
  }

  /**
   * Records and begins, in one transaction.
   *
   * @throws StoreException if that failed; what has ended is kept, unless the database refused it
   */
  AttemptStep.Result step(AttemptStep step) {
    AttemptStep.Result done;
    try {
      done = me.store().advance(step);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        keep(step.ended());
        step.next().forEach(f -> uncertain.add(f.id()));
      }
      throw e;
    }
    for (EndedAttempt ended : step.ended()) {
      Moment due = ended.due();
      if (due != null) {
        due(due);
        leaveIfGivenBack(ended.function(), ended.result().outcome(), due);
      }
    }
    done.started().forEach(f -> uncertain.remove(f.id()));
    done.lost().forEach(Recorder::reportLoss);
    return done;
  }

  private void leaveIfGivenBack(StoredFunction f, AttemptOutcome outcome, Moment due) {
    if (outcome == AttemptOutcome.UNRESOLVABLE && f.fence().isClaimed()) {
      unresolvable.leave(f.id(), Duration.ofMillis(me.now().millisUntil(due)));
    }
  }

  /** Lets a function wait that this process cannot run, and uses up no attempt. */
  void postpone(StoredFunction f, String why) {
    Duration wait = unresolvable.backoff(f.id());
    log.warn("function {} ({}) cannot be run by this process: {}", f.id(), f.name(), why);
    try {
      Moment due = me.store().postpone(f, why, wait);
      if (due != null) {
        due(due);
        leaveIfGivenBack(f, AttemptOutcome.UNRESOLVABLE, due);
      }
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
      reportRefusal("function " + f.id(), e);
    }
  }

  private static void reportLoss(EndedAttempt ended) {
    log.error(
        "function {} ({}) was taken from this owner while it ran it; its outcome {} is not"
            + " recorded, and the new owner runs it again",
        ended.function().id(),
        ended.function().name(),
        ended.result().outcome());
  }
}
