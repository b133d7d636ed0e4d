package dev.lastly.cleanup;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a call that neither ends in a bounded time by itself nor can be interrupted, such as one
 * that reads from a socket, in a thread of its own.
 */
final class BoundedCall {
  private BoundedCall() {}

  /**
   * Waits for the result of a call.
   *
   * @param what for the message and the thread's name
   * @param limit how long it may take
   * @param abort makes the call fail soon, if its time is over or this thread is interrupted; in a
   *     thread of its own, too, because a driver may ask the same peer for that
   * @throws IOException if its time is over
   * @throws ExecutionException what the call threw
   */
  static <T> T get(String what, Duration limit, Callable<T> call, Runnable abort)
      throws IOException, InterruptedException, ExecutionException {
    FutureTask<T> task = new FutureTask<>(call);
    daemon(task, what).start();
    try {
      return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      daemon(abort, what).start();
      throw new IOException(what + " has not ended within " + limit + ", and was aborted", e);
    } catch (InterruptedException e) {
      daemon(abort, what).start();
      throw e;
    }
  }

  private static Thread daemon(Runnable work, String what) {
    Thread thread = new Thread(work, "lastly-" + what);
    thread.setDaemon(true); // a peer that does not answer must not keep the JVM alive
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    return thread;
  }
}
