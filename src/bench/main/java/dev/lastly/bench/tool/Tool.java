package dev.lastly.bench.tool;

import dev.lastly.model.Durability;
import java.nio.file.Path;

/** The tools that are compared. */
public enum Tool {
  RAW("raw INSERT + COMMIT"),
  LASTLY("Lastly"),
  DB_SCHEDULER("db-scheduler"),
  JOBRUNR("JobRunr"),
  QUARTZ("Quartz"),
  OUTBOX("transaction-outbox on H2"),
  FILES("file per worker");

  private final String title;

  Tool(String title) {
    this.title = title;
  }

  /** Its name in the report. */
  public String title() {
    return title;
  }

  /** Whether the tool offers a durability. H2 never syncs a commit, so it offers no POWER_LOSS. */
  public boolean offers(Durability durability) {
    return this != OUTBOX || durability == Durability.PROCESS_CRASH;
  }

  /** Opens it on a directory, which may be one that another process has open, too. */
  public OpenTool open(Path directory, Durability durability) throws Exception {
    return switch (this) {
      case RAW -> new RawInsert(directory, durability);
      case LASTLY -> new LastlyDefer(directory, durability);
      case DB_SCHEDULER -> new DbScheduler(directory, durability);
      case JOBRUNR -> new JobRunr(directory, durability);
      case QUARTZ -> new Quartz(directory, durability);
      case OUTBOX -> new Outbox(directory, durability);
      case FILES -> new FilePerWorker(directory, durability);
    };
  }
}
