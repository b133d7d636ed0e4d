package dev.lastly.crash;

import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** The worker after a crash, with a new manager each time. */
public final class Recoverer implements AutoCloseable {
  private static final int MOST_REAPS = 200;

  private final int most;
  private int done;
  private CompletableFuture<WorkerProcess> next;

  /**
   * Starts its process.
   *
   * @param most after how many recoveries another process takes over. A new one costs more than all
   *     the rest.
   */
  public Recoverer(int most) {
    this.most = most;
    this.next = start();
  }

  /** In the background: it can get ready while the process that will be killed runs. */
  private static CompletableFuture<WorkerProcess> start() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return WorkerProcess.start();
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        });
  }

  /** Opens a manager, runs what is left until nothing is, and closes it. */
  public void recover(Path base) throws Exception {
    WorkerProcess process = next.get();
    process.call("open r " + base + " reap=0 backoff=1 attempts=1000");
    reapAll(process, base);
    process.call("close r");
    if (++done == most) {
      done = 0;
      process.close();
      next = start();
    }
  }

  private static void reapAll(WorkerProcess process, Path base) throws Exception {
    for (int i = 0; i < MOST_REAPS; i++) {
      boolean idle = process.call("reap r").equals("0");
      if (idle && unfinished(base) == 0) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(1); // the backoff of a retry
    }
    try (Database db = Database.read(base)) {
      throw new AssertionError(
          "P3: after %d reaps there is left: %s\n%s"
              .formatted(
                  MOST_REAPS,
                  db.rows(
                      "SELECT id, state, owner_id, not_before FROM pending_function p"
                          + " JOIN deferred_function USING (id, state, owner_id)"),
                  process.errors()));
    }
  }

  private static long unfinished(Path base) throws Exception {
    try (Database db = Database.read(base)) {
      return db.number("SELECT count(*) FROM pending_function");
    }
  }

  @Override
  public void close() {
    next.join().close();
  }
}
