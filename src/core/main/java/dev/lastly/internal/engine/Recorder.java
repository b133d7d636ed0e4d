package dev.lastly.internal.engine;

import dev.lastly.internal.jfr.ClaimEvent;
import dev.lastly.internal.jfr.Flight;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FailureLog;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Listeners;
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
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the store to record outcomes and to begin the next attempts, and keeps the outcomes that the
 * store could not record. If the store cannot be written at all, functions run without a record
 * ({@link Unrecorded}), and this class makes up for it as soon as it can. Thread-safe.
 */
final class Recorder {
  private static final Log log = Log.of(Recorder.class);

  /** The limit on remembered reports, so that rows cannot fill the memory. */
  private static final int MAX_REPORTED = 10_000;

  private static final String RECORDING = "record attempts";
  private static final long RETRY_NANOS = 1_000_000_000;

  private static final AttemptStep.Result NOTHING =
      new AttemptStep.Result(List.of(), List.of(), null, false);

  private static final AttemptResult NEVER_BEGUN =
      new AttemptResult(
          AttemptOutcome.UNRESOLVABLE,
          FunctionState.RETRY_WAIT,
          Duration.ZERO,
          "the database failed while this attempt was being begun, so the function was not run",
          null);

  private final Membership me;
  private final Unresolvable unresolvable;
  private final Listeners listeners;

  // Outcomes not written yet, because the store failed after the function had run. Until they are
  // written, the row stays 'running', so that no thread runs it again.
  private final Queue<EndedAttempt> kept = new ConcurrentLinkedQueue<>();

  // Functions whose begin may or may not have been committed: the commit reported a failure. No
  // thread runs them.
  private final Set<FunctionId> uncertain = ConcurrentHashMap.newKeySet();

  private final Unrecorded unrecorded;
  private final Object recording = new Object();

  // Jobs whose end could not be recorded.
  private final Set<JobId> unended = ConcurrentHashMap.newKeySet();

  private final FailureLog failures = new FailureLog(log);
  private volatile boolean unwritable;
  private volatile long writeAgainAt; // of interest only if unwritable

  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  // When the earliest retry of this owner is due, as far as this object knows. It may miss a retry
  // that another thread records at the same moment; the next round reads that from the database.
  private volatile @Nullable Moment
      nextDue; // initially the start time, so that the first round queries the database

  Recorder(Membership me, Unresolvable unresolvable, Listeners listeners) {
    this.me = me;
    this.listeners = listeners;
    this.unresolvable = unresolvable;
    this.unrecorded = new Unrecorded(me.liveness());
    this.nextDue = me.now();
  }

  /** When the earliest retry of this owner is due; null if none waits. */
  @Nullable Moment nextDue() {
    return nextDue;
  }

  /** Sets when the earliest retry is due, as the database has just said. */
  void setNextDue(@Nullable Moment due) {
    nextDue = due;
  }

  /** Notes that a retry is due at this moment. */
  void due(Moment due) {
    Moment next = nextDue;
    if (next == null || due.compareTo(next) < 0) {
      nextDue = due;
    }
  }

  /** Keeps outcomes for {@link #recordKept}. */
  void keep(List<EndedAttempt> ended) {
    kept.addAll(ended);
  }

  /** Whether any outcome is not recorded yet. */
  boolean isAnyKept() {
    return !kept.isEmpty() || !uncertain.isEmpty() || unrecorded.isAnyEnded();
  }

  /** The state of a function as it is, though its row does not say so yet; empty if it does. */
  Optional<FunctionState> unrecordedState(FunctionId function) {
    for (EndedAttempt ended : kept) {
      if (ended.function().id().equals(function)) {
        return Optional.of(ended.result().next());
      }
    }
    return unrecorded.state(function);
  }

  /** The attempts that have no record of their begin. */
  Unrecorded unrecorded() {
    return unrecorded;
  }

  /** Whether a job ended without a record of that. Tells each once. */
  boolean takeUnended(JobId job) {
    return unended.remove(job);
  }

  /** Milliseconds until it makes sense to try to write again; 0 if the store can be written. */
  long millisUntilWritable() {
    long nanos = unwritable ? writeAgainAt - System.nanoTime() : 0;
    return nanos <= 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos) + 1;
  }

  /**
   * Does work that writes to the store and can wait. False if the store cannot be written now.
   *
   * @throws StoreException for any other failure
   */
  boolean isDone(Runnable work) {
    try {
      work.run();
      return true;
    } catch (StoreException e) {
      noteWriteFailure(e);
      return false;
    }
  }

  /** Notes that the store cannot be written, and throws what is another failure. */
  private void noteWriteFailure(StoreException e) {
    if (!e.isWriteFailure()) {
      throw e;
    }
    writeAgainAt = System.nanoTime() + RETRY_NANOS;
    unwritable = true;
    failures.failed(
        RECORDING,
        "functions run without a record; their outcomes are kept in memory, and recorded as soon as"
            + " the store can be written",
        e);
  }

  /**
   * Records what the store could not record before.
   *
   * @throws StoreException if it still cannot
   */
  void recordKept() {
    me.liveness().recordDeaths(); // orphans can be claimed only after that
    synchronized (recording) { // two threads would record the same attempts
      for (EndedAttempt ended : unrecorded.ended()) {
        recordUnrecorded(ended);
      }
    }
    for (EndedAttempt ended = kept.poll(); ended != null; ended = kept.poll()) {
      // The clock may have stepped back meanwhile; a retry must not wait for that step, too.
      stepOrSkip(AttemptStep.end(ended.notAfter(me.now())));
    }
    if (!uncertain.isEmpty()) {
      endUncertain(List.copyOf(uncertain));
    }
  }

  /** Records the begin and the end of an attempt that had neither. */
  private void recordUnrecorded(EndedAttempt ended) {
    StoredFunction f = ended.function();
    List<StoredFunction> begun = me.store().running(List.of(f.id())); // if only the answer failed
    if (begun.isEmpty()) {
      try {
        AttemptStep.Result begin = step(AttemptStep.begin(f));
        if (begin.jobBusy()) {
          return; // an order of claims: later
        }
        begun = begin.started();
      } catch (StoreException e) {
        if (!e.isRefused()) {
          throw e;
        }
        reportRefusal("function " + f.id(), e);
        unrecorded.remove(f.id());
        return;
      }
    }
    unrecorded.remove(f.id()); // from here on it is like any other
    if (begun.isEmpty()) {
      reportLoss(ended);
      return;
    }
    // In a row, an attempt cannot end before it began.
    stepOrSkip(
        AttemptStep.end(
            new EndedAttempt(begun.get(0), ended.result(), ended.startedAt(), me.now())));
  }

  private void endUncertain(List<FunctionId> ids) {
    List<StoredFunction> begun = me.store().running(ids);
    uncertain.removeIf(
        id ->
            ids.contains(id)
                && begun.stream().noneMatch(f -> f.id().equals(id))); // the begin was not committed
    for (StoredFunction f : begun) {
      if (uncertain.remove(f.id())) { // otherwise another thread records it
        try {
          stepOrSkip(AttemptStep.end(new EndedAttempt(f, NEVER_BEGUN, me.now(), me.now())));
        } catch (StoreException e) {
          uncertain.add(f.id());
          throw e;
        }
      }
    }
  }

  /**
   * Does a step as {@link #stepOrSkip} does. If the store cannot be written, the functions begin
   * without a record.
   *
   * @param orphans whether they are orphans
   */
  AttemptStep.Result stepOrGoOn(AttemptStep step, boolean orphans) {
    try {
      return stepOrSkip(step);
    } catch (StoreException e) {
      return goOn(step, orphans, e);
    }
  }

  /**
   * Begins functions without a record.
   *
   * @param step what could not be recorded; the outcomes in it are kept
   * @throws StoreException the failure, if it was not one to write, there is too much to remember,
   *     or a thread cancels one of them
   */
  AttemptStep.Result goOn(AttemptStep step, boolean orphans, StoreException failure) {
    noteWriteFailure(failure);
    return begin(step, orphans, failure);
  }

  /** Begins orphans of an owner whose death cannot be recorded, see {@link #goOn}. */
  AttemptStep.Result beginUnrecorded(AttemptStep step) {
    return begin(
        step,
        true,
        new StoreException("too many attempts wait to be recorded; the rest waits, too"));
  }

  private AttemptStep.Result begin(AttemptStep step, boolean orphans, StoreException failure) {
    if (step.endedJob() != null) {
      unended.add(step.endedJob());
    }
    List<StoredFunction> next =
        step.next().stream().filter(f -> !unrecorded.contains(f.id())).toList();
    if (!unrecorded.begin(next, orphans, failure)) {
      return new AttemptStep.Result(List.of(), List.of(), null, true);
    }
    next.forEach(f -> uncertain.remove(f.id()));
    return new AttemptStep.Result(List.of(), next, null, false);
  }

  /**
   * Does a step, and skips rows that the database refuses to change: one bad row must not stop the
   * others.
   */
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

  /** Logs each cause once: the row stays as it is, and every round tries it again. */
  void reportRefusal(String what, StoreException e) {
    if (isNews(what + " " + e.getMessage())) {
      log.error(
          "the database refuses to change {}; it stays as it is, and Lastly tries it again. Look at"
              + " its rows",
          what,
          e);
    }
  }

  private boolean isNews(String what) {
    return reported.size() < MAX_REPORTED && reported.add(Bounded.line(what));
  }

  /**
   * Makes each change in a transaction of its own. The begins come last, because a function that
   * has begun must run at once.
   */
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
          stepOrSkip(
              new AttemptStep(List.of(), step.next(), null, step.unrunnable(), step.early()));
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
   * @throws StoreException if the transaction failed; the outcomes are kept, unless the database
   *     refused them
   */
  AttemptStep.Result step(AttemptStep step) {
    ClaimEvent event = Flight.isOn() && !step.next().isEmpty() ? ClaimEvent.start() : null;
    AttemptStep.Result done;
    try {
      done = me.store().advance(step);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        keep(step.ended());
        step.next().stream()
            .map(StoredFunction::id)
            .filter(id -> !unrecorded.contains(id))
            .forEach(uncertain::add);
      }
      throw e;
    }
    if (event != null) {
      finish(event, step.next().get(0), done.started());
    }
    unwritable = false;
    failures.worked(RECORDING);
    for (EndedAttempt ended : step.ended()) {
      Moment due = ended.due();
      if (due != null) {
        due(due);
        leaveIfGivenBack(ended.function(), ended.result().outcome(), due);
      }
    }
    done.started().forEach(f -> uncertain.remove(f.id()));
    done.lost().forEach(Recorder::reportLoss);
    tell(step, done);
    return done;
  }

  /** Only if they have changed their owner. */
  private static void finish(ClaimEvent event, StoredFunction asked, List<StoredFunction> begun) {
    if (!begun.isEmpty() && begun.get(0).fence().claimNo() > asked.fence().claimNo()) {
      event.finish(asked.job().number(), begun.get(0).name(), begun.size());
    }
  }

  private void tell(AttemptStep step, AttemptStep.Result done) {
    if (!listeners.isAny()) {
      return;
    }
    for (EndedAttempt ended : step.ended()) {
      if (!done.lost().contains(ended)) {
        listeners.ended(ended);
      }
    }
    done.started().forEach(listeners::started);
  }

  private void leaveIfGivenBack(StoredFunction f, AttemptOutcome outcome, Moment due) {
    if (outcome == AttemptOutcome.UNRESOLVABLE && f.fence().isClaimed()) {
      unresolvable.leave(f.id(), Duration.ofMillis(me.now().millisUntil(due)));
    }
  }

  /** Postpones a function that this process cannot run. Uses up no attempt. */
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
      if (e.isRefused()) {
        reportRefusal("function " + f.id(), e);
      } else {
        noteWriteFailure(e); // the row still waits; so does the job
      }
    }
  }

  private static void reportLoss(EndedAttempt ended) {
    log.error(
        "function {} ({}) was claimed by another owner while this one ran it; its outcome {} is not"
            + " recorded, and the new owner runs it again",
        ended.function().id(),
        ended.function().name(),
        ended.result().outcome());
  }
}
