package dev.lastly.internal.store;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that leads for as long as many write at the same time. If one of them led, the
 * connection would wander with each commit from one processor's caches to another's, and whoever
 * leads would be late for its own next write.
 *
 * <p>It is started when it is first needed, and then sleeps while there is no crowd. Thread-safe.
 */
final class CrowdLeader {
  private static final Logger log = LoggerFactory.getLogger(CrowdLeader.class);
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final WriteQueue queue;
  private final Consumer<Batch> committer;
  private final ThreadFactory threads;
  private @Nullable Thread thread;
  private volatile boolean appointed;
  private volatile boolean ended;

  /**
   * Starts nothing yet.
   *
   * @param committer commits a batch; what it throws becomes everybody's failure
   */
  CrowdLeader(WriteQueue queue, Consumer<Batch> committer, ThreadFactory threads) {
    this.queue = queue;
    this.committer = committer;
    this.threads = threads;
  }

  /** A daemon that keeps nothing of whoever happens to start it. */
  static Thread daemon(Runnable work) {
    Thread thread = new Thread(null, work, "lastly-writer", 0, false);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    return thread;
  }

  /**
   * For whoever leads: this thread leads from now on.
   *
   * @return false if the process may start no thread; the caller leads as before
   */
  synchronized boolean takeOver() {
    if (thread == null && !start()) {
      return false;
    }
    appointed = true;
    LockSupport.unpark(thread);
    return true;
  }

  private boolean start() {
    try {
      Thread starting = threads.newThread(this::run);
      starting.start();
      thread = starting;
      return true;
    } catch (OutOfMemoryError e) { // what Thread#start throws at a limit of threads, too
      log.debug("no thread can be started for group commits; callers go on to lead them", e);
      return false;
    }
  }

  /** For when nobody leads any more: ends the thread. */
  synchronized void end() {
    ended = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!ended) {
      if (appointed) {
        appointed = false;
        leadWhatever();
      } else {
        LockSupport.park(this);
      }
    }
  }

  private void leadWhatever() {
    try {
      lead();
    } catch (Throwable e) { // without this thread, the next crowd would wait for it for ever
      log.error("a group commit failed; callers lead until there is another crowd", e);
    }
  }

  private void lead() {
    try {
      while (!queue.isQuiet() && commitNext()) {}
    } finally {
      queue.handOver();
    }
  }

  /** Whether anybody came. */
  private boolean commitNext() {
    queue.awaitMore(0, PATIENCE_NANOS);
    Batch batch = new Batch(queue);
    if (batch.writes().isEmpty()) {
      return false;
    }
    try {
      committer.accept(batch);
    } catch (Throwable e) { // nobody may wait for ever, or take its write for committed
      batch.fail(e);
      throw e;
    } finally {
      batch.finish();
    }
    return true;
  }
}
