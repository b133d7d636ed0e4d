package dev.lastly.internal.engine;

import dev.lastly.internal.store.AttemptStep;
import dev.lastly.internal.store.EndedAttempt;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptResult;
import dev.lastly.model.FunctionState;
import dev.lastly.model.StoreException;
import dev.lastly.model.StoredFunction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Has the store record how attempts ended and begin the next ones; keeps for later what the store
 * could not record. Thread-safe.
 */
final class Recorder {
  private static final Log log = Log.of(Recorder.class);

  /** Most things that are remembered as reported: rows must not be able to fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private static final AttemptStep.Result NOTHING =
      new AttemptStep.Result(List.of(), List.of(), 0, false);

  private final Membership me;
  private final Unresolvable unresolvable;

  // What could not be written, because the store failed after a function had run. The row stays
  // 'running' until this succeeds, so that it is not run again meanwhile.
  private final Queue<EndedAttempt> kept = new ConcurrentLinkedQueue<>();

  // Functions whose begin the store could not commit, as far as it could tell. Nobody runs them.
  private final Set<Long> uncertain = ConcurrentHashMap.newKeySet();

  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  // When the earliest retry of this owner is due, as far as is known here. It may miss one that
  // another thread records at the same moment; the next round finds that in the database.
  private volatile long nextDue = 0;

  Recorder(Membership me, Unresolvable unresolvable) {
    this.me = me;
    this.unresolvable = unresolvable;
  }

  /** When the earliest retry of this owner is due, in milliseconds since the epoch. */
  long nextDue() {
    return nextDue;
  }

  /** The database has said when the earliest retry is due. */
  void setNextDue(long millis) {
    nextDue = millis;
  }

  /** A function waits until then. */
  void due(long millis) {
    nextDue = Math.min(nextDue, millis);
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

  private void endUncertain(List<Long> ids) {
    List<StoredFunction> begun = me.store().running(me.ownerId(), ids);
    uncertain.removeIf(
        id -> ids.contains(id) && begun.stream().noneMatch(f -> f.id() == id)); // they never began
    for (StoredFunction f : begun) {
      if (uncertain.remove(f.id())) { // else another thread does it
        try {
          stepOrSkip(AttemptStep.end(new EndedAttempt(f, neverBegun(), 0, me.now())));
        } catch (StoreException e) {
          uncertain.add(f.id());
          throw e;
        }
      }
    }
  }

  private AttemptResult neverBegun() {
    return new AttemptResult(
        AttemptOutcome.UNRESOLVABLE,
        FunctionState.RETRY_WAIT,
        me.now(),
        "the database failed when this attempt was begun, so the function was not run",
        null);
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
    long newest = 0;
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
      done = me.store().advance(step, me.ownerId(), me.owners().self(), me.now());
    } catch (StoreException e) {
      if (!e.isRefused()) {
        keep(step.ended());
        step.next().forEach(f -> uncertain.add(f.id()));
      }
      throw e;
    }
    for (EndedAttempt ended : step.ended()) {
      Long due = ended.result().notBefore();
      if (due != null) {
        due(due);
        leaveIfGivenBack(ended.function(), ended.result().outcome(), due);
      }
    }
    done.started().forEach(f -> uncertain.remove(f.id()));
    done.lost().forEach(Recorder::reportLoss);
    return done;
  }

  private void leaveIfGivenBack(StoredFunction f, AttemptOutcome outcome, long due) {
    if (outcome == AttemptOutcome.UNRESOLVABLE && f.claimNo() > 0) {
      unresolvable.leave(f.id(), Duration.ofMillis(Math.max(0, due - me.now())));
    }
  }

  /** Lets a function wait that this process cannot run, and uses up no attempt. */
  void postpone(StoredFunction f, String why) {
    Duration wait = unresolvable.backoff(f.id());
    long due = me.now() + wait.toMillis();
    log.warn("function {} ({}) cannot be run by this process: {}", f.id(), f.name(), why);
    try {
      if (me.store().postpone(f, why, due, me.now())) {
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
