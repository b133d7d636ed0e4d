package dev.lastly.internal.node;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.spi.Upkeep;
import dev.lastly.internal.store.StoreUpkeep;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Maintains the database file: prunes and compacts it, and watches its write-ahead log. Thread-safe
 * except {@link #watch}.
 */
final class NodeUpkeep implements Upkeep {
  private static final Log log = Log.of(NodeUpkeep.class);
  private static final long ROOM_NANOS = 1_000_000_000;

  private final NodeOwner me;
  private final LogWatch logWatch;
  private long roomSeenAt = System.nanoTime(); // for the thread that watches
  private volatile boolean toldOfStep;
  private boolean toldOfLog; // for the thread that watches

  NodeUpkeep(NodeOwner me) {
    this.me = me;
    this.logWatch = new LogWatch(me.directory().database(), me.store().upkeep()::walBytes);
  }

  @Override
  public PruningSteps prune(Duration retention, long limit) {
    StoreUpkeep store = me.store().upkeep();
    long old = isClockTrusted(retention) ? me.now() - retention.toMillis() : 0;
    StoreUpkeep.Cutoff cutoff = store.cutoff(old, limit);
    return new PruningSteps() {
      @Override
      public boolean hasMore() {
        return store.isPrunable(cutoff);
      }

      @Override
      public int next() {
        return store.prune(cutoff, me.ownerId(), me.now());
      }
    };
  }

  /**
   * Whether ages can be told from times in rows. After a step of the clock all that has finished is
   * kept for another retention, because its age is not known.
   */
  private boolean isClockTrusted(Duration retention) {
    long steady =
        me.readClocks().map(clocks -> me.store().upkeep().observe(clocks)).orElse(Long.MAX_VALUE);
    boolean trusted = steady >= retention.toMillis();
    if (!trusted && !toldOfStep) {
      log.warn(
          "the clock of this machine stepped {} ago. What had finished before is kept for {} from"
              + " then on, unless there are more than finishedLimit of it",
          Duration.ofMillis(steady),
          retention);
    }
    toldOfStep = !trusted;
    return trusted;
  }

  @Override
  public void watch() {
    logWatch.look();
    keepLog();
    me.store().upkeep().keepYoung(me.directory().lockFile());
    long now = System.nanoTime();
    if (now - roomSeenAt >= ROOM_NANOS) {
      roomSeenAt = now;
      keepRoom();
    }
  }

  private void keepLog() {
    boolean kept = me.store().upkeep().keepLog();
    if (!kept && !toldOfLog) {
      log.error(
          "the write-ahead log of {}, or its index, was deleted or replaced under this process,"
              + " which registers and cancels nothing any more. Close all managers of this process"
              + " and open new ones, and stop the program that removes files from the state"
              + " directory",
          me.directory().database());
    }
    toldOfLog = !kept;
  }

  private void keepRoom() {
    try {
      me.store().upkeep().keepRoom();
    } catch (StoreException e) {
      if (!e.isWriteFailure()) {
        throw e;
      }
      log.debug("there is no room to make room; the next look tries again", e);
    }
  }

  @Override
  public void compact() {
    me.store().upkeep().compact();
  }

  /**
   * Warns when the write-ahead log grows. SQLite restarts the log once all of its frames are in the
   * database and no process reads them. A read transaction that stays open blocks no worker, but it
   * prevents the restart, and the log finally fills the disk. For one thread.
   */
  static final class LogWatch {
    /**
     * In bytes: four times the size to which SQLite truncates the log at a restart ({@code
     * journal_size_limit}). With short readers the log stays below.
     */
    static final long FIRST_WARNING = 64L << 20;

    private final Path database;
    private final LongSupplier walBytes;
    private long next = FIRST_WARNING;
    private @Nullable Set<Long> steady; // the processes that have read at each look

    /**
     * Starts without a warning.
     *
     * @param walBytes the size of the write-ahead log
     */
    LogWatch(Path database, LongSupplier walBytes) {
      this.database = database;
      this.walBytes = walBytes;
    }

    /** Warns once, and again each time the log has doubled. Costs one stat(2). */
    void look() {
      long bytes = walBytes.getAsLong();
      if (bytes < FIRST_WARNING / 2) {
        steady = null;
        next = FIRST_WARNING;
        return;
      }
      Set<Long> readers = new TreeSet<>(Owners.readers(sharedMemory()));
      Set<Long> suspects = new TreeSet<>(readers);
      if (steady != null) {
        suspects.retainAll(steady);
      }
      steady = suspects.isEmpty() ? null : suspects;
      if (isNews(bytes)) {
        warn(bytes, suspects.isEmpty() ? readers : suspects);
      }
    }

    private Path sharedMemory() {
      return database.resolveSibling(database.getFileName() + "-shm");
    }

    boolean isNews(long bytes) {
      boolean news = bytes >= next;
      next = bytes < FIRST_WARNING ? FIRST_WARNING : Math.max(next, 2 * Long.highestOneBit(bytes));
      return news;
    }

    private void warn(long bytes, Set<Long> readers) {
      log.warn(
          "the write-ahead log of {} has grown to {} MiB, because a process keeps a read"
              + " transaction open. Workers continue, but SQLite cannot restart the log until that"
              + " transaction ends, so the log keeps growing. Processes that read now: {}. Find the"
              + " one with the long read transaction (ps -p PID; fuser -v {} shows all that have"
              + " the database open) and end that transaction. Settings.logLimit refuses"
              + " registrations before the log fills the disk",
          database,
          bytes >> 20,
          readers.stream().map(LogWatch::name).toList(),
          sharedMemory());
    }

    /** A process id, with the name of its program if this user may see it. */
    private static String name(long pid) {
      try {
        String program =
            Files.readString(Path.of("/proc/" + pid + "/comm"), StandardCharsets.ISO_8859_1);
        return pid + " (" + program.strip().replaceAll("[^ -~]", "?") + ")";
      } catch (IOException e) {
        return Long.toString(pid);
      }
    }
  }
}
