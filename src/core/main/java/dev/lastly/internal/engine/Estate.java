package dev.lastly.internal.engine;

import dev.lastly.internal.codec.OptionsText;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Cursor;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.StoreException;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The orphans of one ended owner, read page by page.
 *
 * <p>This process claims functions only when they begin, a few of one job at a time. So several
 * processes share a large estate, every transaction is short, and a function that hangs blocks only
 * its own job. The store lets one process at a time run functions of a job, which keeps the order
 * within the job. For one thread.
 */
final class Estate {
  private static final Log log = Log.of(Estate.class);
  private static final int PAGE = 64;

  /** Places at which this thread looks for a job that no other has in hand, one after the other. */
  private static final int MOST_JUMPS = 3;

  /**
   * The limit on remembered unresolvable orphans, because each step sends them to the database.
   * Beyond it, the unresolvable orphans of a job delay the rest of that job.
   */
  private static final int MOST_UNRUNNABLE = 1_000;

  private final Membership me;
  private final Runner runner;
  private final OwnerId owner;
  private final Unresolvable unresolvable;
  private final Pass.BatchSize batchSize;
  private final Set<FunctionId> unrunnable;
  private final Pass.Kind kind;

  // Where to go on reading.
  private @Nullable Cursor after;

  private @Nullable JobId job; // the job that this thread has in hand
  private @Nullable JobId passedJob; // the job whose remaining orphans are skipped
  private boolean hasFirst; // whether any of its jobs has functions that run before the others
  private final Set<FunctionId> added = new HashSet<>(); // of those that run first, of this job
  private boolean anyLeft;
  private boolean anyPassed;
  private boolean readToTheEnd;
  private @Nullable Supplier<Cursor> places; // where to jump
  private int jumps; // since this thread has last taken a job in hand
  private boolean jumped; // whether this thread has left the order
  private boolean sweeping; // from the beginning to the end, in order: what the jumps have left

  /**
   * Reads nothing yet.
   *
   * @param owner the owner that has ended
   * @param unresolvable tells which functions this process cannot run
   * @param batchSize how many attempts may share a commit
   * @param unrunnable orphans that this process cannot run; this object adds to it
   * @param kind whether they can be claimed
   */
  Estate(
      Membership me,
      Runner runner,
      OwnerId owner,
      Unresolvable unresolvable,
      Pass.BatchSize batchSize,
      Set<FunctionId> unrunnable,
      Pass.Kind kind) {
    this.me = me;
    this.runner = runner;
    this.owner = owner;
    this.unresolvable = unresolvable;
    this.batchSize = batchSize;
    this.unrunnable = unrunnable;
    this.kind = kind;
  }

  /**
   * Claims and runs all due orphans that this process can run. Returns how many it ran.
   *
   * @param inTime whether there is time to begin another function
   */
  int inherit(BooleanSupplier inTime) {
    boolean interrupted =
        Thread.interrupted(); // restored below: the interrupt must not fail clean-up
    Pass pass = runner.newPass(batchSize, unrunnable, kind);
    boolean complete = false;
    try {
      inherit(pass, inTime);
      anyPassed |= !pass.finish();
      complete = true;
    } finally {
      giveBackJob();
      if (!complete) {
        pass.strand();
      }
      if (interrupted || pass.isInterrupted()) {
        Thread.currentThread().interrupt();
      }
    }
    if (pass.count() > 0) {
      log.info("ran {} functions that owner {} left", pass.count(), owner);
    }
    return pass.count();
  }

  /**
   * Whether it skipped jobs because another process, or another thread of this one, has them in
   * hand.
   */
  boolean isAnyPassed() {
    return anyPassed;
  }

  /** Whether all due orphans were run. */
  boolean isExhausted() {
    return readToTheEnd && !anyLeft && !anyPassed;
  }

  private void inherit(Pass pass, BooleanSupplier inTime) {
    hasFirst = me.store().hasFirstOrphans(owner);
    List<Orphan> page;
    do {
      page = me.store().orphans(owner, after, PAGE);
      if (answerCutOff(page)) {
        continue; // they may be due again: read the same page again
      }
      Set<FunctionId> refused = unresolvable.look(page);
      addUnrunnable(refused);
      for (Orphan orphan : page) {
        StoredFunction f = orphan.function();
        after = new Cursor(f.job(), f.id());
        if (canRun(orphan, refused)
            && takeInHand(f.job(), pass)
            && !added.contains(f.id())
            && !pass.add(f)) {
          passOver(f.job());
        }
      }
      if (after != null && after.job().equals(passedJob)) {
        after = beyond(after.job());
      }
      readToTheEnd = page.isEmpty() && !sweepsNow();
    } while (!readToTheEnd && inTime.getAsBoolean());
  }

  /**
   * Where to go on after a job that another thread or process has in hand. The next ones may be its
   * next ones, too: so this thread looks elsewhere, if the store tells of another place.
   */
  private Cursor beyond(JobId passed) {
    if (sweeping || jumps == MOST_JUMPS) {
      return new Cursor(passed, null);
    }
    if (places == null) {
      Supplier<Cursor> found = me.store().places(owner);
      if (found == null) {
        return new Cursor(passed, null);
      }
      places = found;
    }
    jumps++;
    jumped = true;
    return places.get();
  }

  /** At the end: begins again at the beginning if this thread has left the order. */
  private boolean sweepsNow() {
    if (!jumped || sweeping) {
      return false;
    }
    sweeping = true;
    after = null;
    passedJob = null;
    return true;
  }

  /** Records the outcome of attempts that the owner's death cut off. True if there were any. */
  private boolean answerCutOff(List<Orphan> page) {
    List<StoredFunction> cutOff =
        page.stream().filter(Orphan::cutOff).map(Orphan::function).toList();
    if (cutOff.isEmpty() || kind == Pass.Kind.UNCLAIMABLE) {
      return false;
    }
    int[] answered = {0};
    // If there is no room for the outcome, the function waits: without the count, one that kills
    // its process would kill every process, one after the other.
    return runner.isDone(() -> answered[0] = answerEach(cutOff)) && answered[0] > 0;
  }

  private int answerEach(List<StoredFunction> cutOff) {
    try {
      return answer(cutOff);
    } catch (StoreException e) {
      if (!e.isRefused()) {
        throw e;
      }
    }
    int count = 0;
    for (StoredFunction f : cutOff) { // one bad row must not stop the others
      try {
        count += answer(List.of(f));
      } catch (StoreException e) {
        if (!e.isRefused()) {
          throw e;
        }
        runner.reportRefusal(f, e);
      }
    }
    return count;
  }

  private int answer(List<StoredFunction> cutOff) {
    return me.store().answerCutOff(cutOff, this::backoffAfterCrash);
  }

  private Duration backoffAfterCrash(StoredFunction f) {
    RetryPolicy retry = me.settings().retry();
    try {
      retry = OptionsText.read(f.options()).retry().orElse(retry);
    } catch (UnresolvableFunctionException e) {
      log.debug("function {} waits as the settings say: {}", f.id(), e.getMessage());
    }
    return retry.backoffAfterCrash(f.attempts());
  }

  /** Whether functions of a job may begin here and now. */
  private boolean takeInHand(JobId next, Pass pass) {
    if (next.equals(passedJob)) {
      return false;
    }
    if (next.equals(job)) {
      return true;
    }
    // The rest of the previous job, while this thread still has it in hand.
    anyPassed |= !pass.runBatch();
    giveBackJob();
    if (!me.liveness().isReservedElsewhere(next) && runner.inHand().take(next, true)) {
      job = next;
      jumps = 0;
      return !hasFirst || addFirst(next, pass) || passOver(next);
    }
    return passOver(next);
  }

  /**
   * Adds the functions of a job that run before the others, wherever in the job they are.
   *
   * @return false as {@link Pass#add} does
   */
  private boolean addFirst(JobId next, Pass pass) {
    List<Orphan> first = me.store().firstOrphans(owner, next);
    if (answerCutOff(first)) {
      first = me.store().firstOrphans(owner, next);
    }
    Set<FunctionId> refused = unresolvable.look(first);
    addUnrunnable(refused);
    for (Orphan orphan : first) {
      if (canRun(orphan, refused) && !pass.add(orphan.function())) {
        return false;
      }
    }
    first.forEach(orphan -> added.add(orphan.function().id()));
    return true;
  }

  private boolean canRun(Orphan orphan, Set<FunctionId> refused) {
    FunctionId id = orphan.function().id();
    boolean can = !orphan.cutOff() && !refused.contains(id) && !runner.isUnrecorded(id);
    anyLeft |= !can;
    return can;
  }

  private void addUnrunnable(Set<FunctionId> refused) {
    if (unrunnable.size() < MOST_UNRUNNABLE) {
      unrunnable.addAll(refused);
    }
  }

  /** Leaves a job for a later look. Returns false. */
  private boolean passOver(JobId next) {
    passedJob = next;
    anyPassed = true;
    return false;
  }

  private void giveBackJob() {
    JobId before = job;
    if (before != null) {
      job = null;
      added.clear();
      runner.inHand().giveBack(before);
    }
  }
}
