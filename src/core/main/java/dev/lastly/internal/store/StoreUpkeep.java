package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.Compaction;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Readers;
import dev.lastly.internal.sqlite.Room;
import dev.lastly.internal.sqlite.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The upkeep of a store's file: what is pruned, how much room there is, and how old the file looks.
 * The functions that wait are the affair of {@link Store}. Thread-safe.
 */
public final class StoreUpkeep implements AutoCloseable {
  /** Cleaners of temporary directories spare files for a day at least. */
  private static final Duration YOUNG = Duration.ofHours(6);

  private final Writer writer;
  private final Readers readers;
  private final Compaction compaction;
  private final Pruning pruning;
  private final OpenedFile place;
  private final Room room;

  StoreUpkeep(
      Writer writer,
      Readers readers,
      Compaction compaction,
      Pruning pruning,
      OpenedFile place,
      Room room) {
    this.writer = writer;
    this.readers = readers;
    this.compaction = compaction;
    this.pruning = pruning;
    this.place = place;
    this.room = room;
  }

  /**
   * Compares what the clocks show with what they showed when a process last looked.
   *
   * @return for how many milliseconds the wall clock is known to have run steadily since it last
   *     stepped; {@link Long#MAX_VALUE} if it has not been seen to step
   */
  public long observe(Store.ClockReading clocks) {
    return writer.write("observe the clock", false, db -> ClockTable.observe(db, clocks));
  }

  /**
   * The bound of pruning. It covers functions that finished at or before the time, by a change with
   * a lower number, or by the change with that number and with an id up to the given one; and
   * owners that ended at or before the time.
   *
   * @param finishedAt in milliseconds since the epoch
   * @param finishedNo the number of a change; 0 for none
   * @param functionId the function's id
   */
  public record Cutoff(long finishedAt, long finishedNo, long functionId) {}

  /**
   * The cutoff for one run of pruning.
   *
   * @param finishedUpTo functions that finished at or before this may be removed, in milliseconds
   *     since the epoch
   * @param limit of the functions that finished later, only this many are kept, the newest
   */
  public Cutoff cutoff(long finishedUpTo, long limit) {
    return readers.read("look for what to prune", db -> Pruning.cutoff(db, finishedUpTo, limit));
  }

  /** Whether any row may be pruned. Writes nothing, and costs some microseconds if not. */
  public boolean isPrunable(Cutoff cutoff) {
    return readers.read("look for what to prune", db -> Pruning.isPrunable(db, cutoff));
  }

  /**
   * Prunes the oldest functions up to the cutoff, in one small transaction, with the rows that only
   * they refer to. Repeat it while {@link #isPrunable}.
   *
   * @return how many functions were removed
   */
  public int prune(Cutoff cutoff, long ownerId, long now) {
    return pruning.prune(cutoff, ownerId, now);
  }

  /**
   * Returns free pages to the file system and, if no other process uses it, truncates the
   * write-ahead log.
   */
  public void compact() {
    synchronized (compaction) {
      compaction.run();
    }
  }

  /**
   * Keeps files from looking old: a cleaner of temporary directories would delete them. Rewrites
   * the first page of the database file if the file has not changed for some hours, because all
   * else may stay in the write-ahead log for days. Touches the others.
   *
   * @param lockFile the file whose bytes owners lock
   */
  public void keepYoung(Path lockFile) {
    place.touch(YOUNG, List.of(lockFile, Witness.beside(lockFile)));
    if (place.ageMillis() < YOUNG.toMillis()) {
      return;
    }
    boolean unused =
        writer.write(
            "keep the file from looking old",
            false,
            db -> {
              db.execute("PRAGMA user_version = " + Schema.VERSION); // writes it, the same or not
              return true;
            });
    compaction.checkpoint();
  }

  /**
   * Copies the write-ahead log into the database, if it or its index was deleted under this
   * process: with the process, the log would be lost. Does nothing if another log or index is
   * there, which another process may use.
   *
   * @return whether the log is in its place, and so is its index
   */
  public boolean keepLog() {
    if (!place.isLogLost()) {
      return true;
    }
    boolean unused = !place.isLogReplaced() && writer.moveLog();
    return false;
  }

  /** The size of the write-ahead log in bytes. Costs one stat(2). */
  public long walBytes() {
    return place.walBytes();
  }

  /** Makes ready, while there is room, what may be needed when there is none; see {@link Room}. */
  public void keepRoom() {
    // The log may have the length that was planned when there was more room.
    if (room.logBytes() >= 2 * room.plannedLog()) {
      truncateLog();
    }
    if (!room.keepReserve()) { // what was pruned makes room in the database only
      compact();
    }
  }

  /**
   * Copies the write-ahead log into the database and truncates it, as far as no other process reads
   * it or writes.
   */
  void truncateLog() {
    synchronized (compaction) {
      compaction.truncateLog();
    }
  }

  /** Waits for the pruning under way, and refuses later ones. */
  @Override
  public void close() {
    pruning.close();
  }
}
