package dev.lastly.support;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A thread at work in a job of its own: it writes part files into a scratch directory that the job
 * deletes, as long as it was told to or until it is interrupted, and then closes the job. Leaves
 * {@code complete} in the ledger if all the files that it has written were there to the end.
 */
final class Scribe implements Runnable {
  private static final int DIRECTORIES = 8;

  private final DeferredFunctionManager manager;
  private final String job;
  private final Path scratch;
  private final Path ledger;
  private final Duration work;
  private final CountDownLatch begun = new CountDownLatch(1);

  Scribe(DeferredFunctionManager manager, String job, Path scratch, Path ledger, Duration work) {
    this.manager = manager;
    this.job = job;
    this.scratch = scratch;
    this.ledger = ledger;
    this.work = work;
  }

  /** Starts the thread, and waits for its first file. */
  void start() throws InterruptedException {
    Thread thread = new Thread(this, "scribe");
    thread.setDaemon(true);
    thread.start();
    if (!begun.await(20, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the scribe has not begun");
    }
  }

  @Override
  public void run() {
    try (JobContext context = manager.openJob(job)) {
      context.defer(Cleanup::deleteTree, scratch);
      int parts = write();
      Ledger.append(ledger, parts == files() ? "complete" : "incomplete");
    } catch (IOException e) {
      System.err.println("the scribe failed: " + e);
    }
  }

  private int write() throws IOException {
    long end = System.nanoTime() + work.toNanos();
    int parts = 0;
    while (System.nanoTime() < end) {
      // As programs do that make what they need: after the deletion of the tree, too.
      Path directory = Files.createDirectories(scratch.resolve("dir-" + parts % DIRECTORIES));
      Files.writeString(directory.resolve("part-" + parts++), "x");
      begun.countDown();
      try {
        TimeUnit.MILLISECONDS.sleep(2); // the pace of its work, not a wait
      } catch (InterruptedException e) {
        Ledger.append(ledger, "interrupted");
        break;
      }
    }
    return parts;
  }

  private long files() throws IOException {
    try (Stream<Path> tree = Files.walk(scratch)) {
      return tree.filter(Files::isRegularFile).count();
    }
  }
}
