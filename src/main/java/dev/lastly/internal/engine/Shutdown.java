package dev.lastly.internal.engine;

import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Membership;
import dev.lastly.model.OnShutdown;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An owner's part in an orderly shutdown of the JVM; see {@link OnShutdown}.
 *
 * <p>The hook waits for the threads that opened jobs, because a job that is cleaned up while its
 * thread still creates leaks what it creates next. During the wait everything works: {@code defer},
 * the end of a job, and the opening of another, for other hooks may be waiting for that, as Spring
 * Boot's waits for requests in flight. What is open when the time is over is not touched. The owner
 * dies with the process, and the next process runs what it has left.
 *
 * <p>What may block (the database, functions) runs in a thread of its own, so that the hook ends in
 * time whatever happens.
 */
final class Shutdown {
  private static final Log log = Log.of(Shutdown.class);

  /** How long after the grace the owner's end may be recorded. */
  private static final Duration EXTRA = Duration.ofSeconds(1);

  /**
   * How often to look again for what tells nobody: a function that returns, a thread that exits.
   */
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int MOST_NAMES = 10;

  private final Membership me;
  private final OpenJobs openJobs;
  private final Background background;
  private final InHand inHand;
  private final Closing closing;
  private final OnShutdown choice;
  private @Nullable Thread hook; // guarded by this

  Shutdown(
      Membership me, OpenJobs openJobs, Background background, InHand inHand, Closing closing) {
    this.me = me;
    this.openJobs = openJobs;
    this.background = background;
    this.inHand = inHand;
    this.closing = closing;
    this.choice = me.settings().onShutdown();
  }

  /** Registers the hook, unless there is to be none. */
  synchronized void register() {
    if (choice == OnShutdown.NOTHING) {
      return;
    }
    Thread thread = new Thread(this::run, "lastly-shutdown-" + me.self());
    try {
      Runtime.getRuntime().addShutdownHook(thread);
      hook = thread;
    } catch (IllegalStateException e) {
      log.debug("opened during shutdown: what is open then is left to the next process", e);
    }
  }

  /** Takes the hook back, which would otherwise keep the manager's class loader for ever. */
  synchronized void forget() {
    Thread registered = hook;
    hook = null;
    if (registered != null) {
      try {
        Runtime.getRuntime().removeShutdownHook(registered);
      } catch (IllegalStateException e) {
        log.debug("the JVM is shutting down; its hook finds that all is done", e);
      }
    }
  }

  private void run() {
    try {
      background.retire(); // no function begins that nobody is waiting for
      long deadline = System.nanoTime() + me.settings().shutdownGrace().toNanos();
      if (choice == OnShutdown.CLOSE_NOW || awaitIdle(deadline)) {
        end(deadline);
      }
      if (!closing.isFinished()) {
        tellWhatIsLeft();
      }
    } catch (Throwable e) { // as when there is no memory; the log is all that is left
      log.error("could not end owner {} at shutdown; another process reaps it", me.self(), e);
    }
  }

  /**
   * True if no job is open and no function runs; no job can be opened in this owner from then on.
   */
  private boolean awaitIdle(long deadline) {
    List<Job> uninterrupted =
        choice == OnShutdown.INTERRUPT ? new ArrayList<>(openJobs.all()) : new ArrayList<>();
    while (!closing.isFinished()) {
      try {
        if (isNothingAwaited(uninterrupted)) {
          return inHand.isIdle() && openJobs.shutIfEmpty();
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        openJobs.awaitChange(Math.min(left, POLL_NANOS));
      } catch (InterruptedException e) {
        log.debug("an interrupt does not end the wait for open jobs", e);
      } catch (OutOfMemoryError e) { // it may end before the grace does
        if (deadline - System.nanoTime() <= 0) {
          throw e;
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
    return false;
  }

  private boolean isNothingAwaited(List<Job> uninterrupted) {
    // Not in the middle of a function, which would fail, perhaps for the last time.
    uninterrupted.removeIf(
        job ->
            job.interrupt(
                opener -> inHand.isAnyThread(busy -> LimitedThread.isActingFor(opener, busy))));
    boolean functions = inHand.isAnyThread(thread -> !Exit.isCalledBy(thread));
    return !functions && openJobs.all().stream().allMatch(Job::isLeft);
  }

  private void end(long deadline) {
    Duration patience = choice == OnShutdown.CLOSE_NOW ? me.settings().shutdownGrace() : EXTRA;
    CountDownLatch ended = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              try {
                closing.endAtShutdown(patience, () -> System.nanoTime() - deadline < 0);
              } catch (Throwable e) {
                log.error("could not end owner {}; another process reaps it", me.self(), e);
              } finally {
                ended.countDown();
              }
            },
            "lastly-end-" + me.self());
    thread.setDaemon(true);
    thread.start();
    Patience.await(ended, EXTRA.plusNanos(Math.max(0, deadline - System.nanoTime())));
  }

  private void tellWhatIsLeft() {
    List<Job> left = openJobs.all().stream().filter(job -> job.id().isPresent()).toList();
    String names =
        left.stream()
            .limit(MOST_NAMES)
            .map(job -> "'" + job.name() + "'")
            .collect(Collectors.joining(", "));
    log.warn(
        "the JVM ends; {} open jobs with deferred functions are left to the next process: {}{}."
            + " Owner {} dies with this process",
        left.size(),
        left.isEmpty() ? "none" : names,
        left.size() > MOST_NAMES ? ", …" : "",
        me.self());
  }
}
