package dev.lastly.crash;

import dev.lastly.support.Database;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The worker that comes after a crash. Its process is kept for the next crash, because a new one
 * costs more than all the rest; its manager is opened fresh each time.
 */
public final class Recoverer implements AutoCloseable {
  private static final int MOST_REAPS = 200;

  private final WorkerProcess process;

  /** Starts its process. */
  public Recoverer() throws Exception {
    this.process = WorkerProcess.start();
  }

  /** Opens a manager, runs what is left until nothing is, and closes it. */
  public void recover(Path base) throws Exception {
    process.call("open r " + base + " reap=0 backoff=1 attempts=1000");
    reapAll(base);
    process.call("close r");
  }

  private void reapAll(Path base) throws Exception {
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
    process.close();
  }
}
