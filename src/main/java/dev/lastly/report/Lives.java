package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The lives of those functions that had a fault, changed owner, or were given up, newest first.
 * Functions of one job that are with the same owner came to it by the same claims, so thousands
 * that a dead worker left cost a few reads. For one thread.
 */
final class Lives {
  private final Inspector inspector;
  private final Attempts attempts;
  private final Map<Long, FunctionLife> lives = new LinkedHashMap<>();
  private final Map<Way, List<ClaimRow>> claims = new HashMap<>();
  private int reads;

  private Lives(Inspector inspector, Attempts attempts) {
    this.inspector = inspector;
    this.attempts = attempts;
  }

  /** What functions that were claimed together have in common. */
  private record Way(long job, long owner, long claims) {}

  static Map<Long, FunctionLife> read(
      Inspector inspector, List<FunctionRow> functions, Attempts attempts) {
    Lives lives = new Lives(inspector, attempts);
    for (int i = functions.size() - 1; i >= 0 && lives.reads < Limits.LIVES; i--) {
      lives.add(functions.get(i));
    }
    return lives.lives;
  }

  private void add(FunctionRow row) {
    Way way = new Way(row.jobId(), row.ownerId(), row.claimNo());
    List<ClaimRow> known = claims.get(way);
    if (isRemarkable(row) || (row.claimNo() > 0 && known == null)) {
      reads++;
      inspector.function(row.id()).ifPresent(life -> put(way, life));
    } else if (known != null) {
      lives.put(row.id(), new FunctionLife(row, attempts.of(row), known, List.of()));
    }
  }

  private void put(Way way, FunctionLife life) {
    lives.put(life.row().id(), life);
    if (!life.claims().isEmpty()) {
      claims.put(way, life.claims());
    }
  }

  private static boolean isRemarkable(FunctionRow row) {
    return row.attempts() > 1
        || row.lastError() != null
        || row.state() == FunctionState.QUARANTINED
        || (row.state() == FunctionState.CANCELLED && row.claimNo() > 0)
        || row.state() == FunctionState.DISCARDED;
  }
}
