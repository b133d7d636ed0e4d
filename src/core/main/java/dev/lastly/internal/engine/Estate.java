package dev.lastly.internal.engine;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Cursor;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.OwnerId;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.StoreException;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one owner that has ended has left, page by page.
 *
 * <p>Functions are claimed when they begin, and no sooner: a few of one job at a time. So many
 * processes share a large estate, no transaction is long, and a function that hangs keeps only its
 * own job from the others. Of one job, one process at a time runs functions (the store sees to
 * that), so that the order within the job holds. For one thread.
 */
final class Estate {
  private static final Log log = Log.of(Estate.class);
  private static final int PAGE = 64;

  /** Each step carries them to the database. Beyond so many, those of a job hold up its others. */
  private static final int MOST_UNRUNNABLE = 1_000;

  private final Membership me;
  private final Runner runner;
  private final OwnerId owner;
  private final Unresolvable unresolvable;
  private final Pass.BatchSize batchSize;
  private final Set<FunctionId> unrunnable;

  // Where to go on reading.
  private @Nullable Cursor after;

  private @Nullable JobId job; // that this thread has in hand
  private @Nullable JobId passedJob; // the rest of it is left alone
  private boolean anyLeft;
  private boolean anyPassed;
  private boolean readToTheEnd;

  /**
   * Looks at nothing yet.
   *
   * @param owner the one that has ended
   * @param unresolvable which functions cannot be run here
   * @param batchSize how many attempts may share a commit, learnt so far
   * @param unrunnable orphans of which this process knows that it cannot run them; it is added to
   */
  Estate(
      Membership me,
      Runner runner,
      OwnerId owner,
      Unresolvable unresolvable,
      Pass.BatchSize batchSize,
      Set<FunctionId> unrunnable) {
    this.me = me;
    this.runner = runner;
    this.owner = owner;
    this.unresolvable = unresolvable;
    this.batchSize = batchSize;
    this.unrunnable = unrunnable;
  }

  /**
   * Claims and runs all that is due and that this process can run, and returns how many functions
   * were run.
   *
   * @param inTime whether there is time for more
   */
  int inherit(BooleanSupplier inTime) {
    boolean interrupted = Thread.interrupted(); // the flag waits: clean-up gets a fair chance
    Pass pass = runner.newPass(batchSize, unrunnable);
    boolean complete = false;
    try {
      inherit(pass, inTime);
      pass.finish();
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
      log.info("claimed and ran {} functions of owner {}", pass.count(), owner);
    }
    return pass.count();
  }

  /** Whether functions wait that another process, or another thread of this one, comes before. */
  boolean isAnyPassed() {
    return anyPassed;
  }

  /** Whether all has been run that was due. */
  boolean isExhausted() {
    return readToTheEnd && !anyLeft && !anyPassed;
  }

  private void inherit(Pass pass, BooleanSupplier inTime) {
    List<Orphan> page;
    do {
      page = me.store().orphans(owner, after, PAGE);
      if (answerCutOff(page)) {
        continue; // they may be due again: read the same page once more
      }
      Set<FunctionId> refused = unresolvable.look(page);
      if (unrunnable.size() < MOST_UNRUNNABLE) {
        unrunnable.addAll(refused);
      }
      for (Orphan orphan : page) {
        StoredFunction f = orphan.function();
        after = new Cursor(f.job(), f.id());
        if (orphan.cutOff() || refused.contains(f.id())) {
          anyLeft = true;
        } else if (takeInHand(f.job(), pass)) {
          pass.add(f);
        }
      }
      if (after != null && after.job().equals(passedJob)) {
        after = new Cursor(after.job(), null);
      }
      readToTheEnd = page.isEmpty();
    } while (!readToTheEnd && inTime.getAsBoolean());
  }

  /** True if any attempt was answered for the owner that ended during it. */
  private boolean answerCutOff(List<Orphan> page) {
    List<StoredFunction> cutOff =
        page.stream().filter(Orphan::cutOff).map(Orphan::function).toList();
    if (cutOff.isEmpty()) {
      return false;
    }
    try {
      return answer(cutOff) > 0;
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
    return count > 0;
  }

  private int answer(List<StoredFunction> cutOff) {
    return me.store().answerCutOff(cutOff, me.settings().retry()::backoffAfterCrash);
  }

  /** Whether functions of a job may begin here and now. */
  private boolean takeInHand(JobId next, Pass pass) {
    if (next.equals(passedJob)) {
      return false;
    }
    if (next.equals(job)) {
      return !pass.isJobBusy() || passOver(next);
    }
    pass.runBatch(); // what is left of the job before, while it is still in hand
    giveBackJob();
    if (runner.inHand().take(next, true)) {
      job = next;
      return true;
    }
    return passOver(next);
  }

  private boolean passOver(JobId next) {
    passedJob = next;
    anyPassed = true;
    return false;
  }

  private void giveBackJob() {
    JobId before = job;
    if (before != null) {
      job = null;
      runner.inHand().giveBack(before);
    }
  }
}
