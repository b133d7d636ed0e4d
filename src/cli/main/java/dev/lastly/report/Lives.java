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
 * The histories of functions that failed, changed owner or were discarded, newest first. Functions
 * with the same last claim have the same chain of claims, so it is read once per claim, not once
 * per function: a dead worker may leave thousands. For one thread.
 */
final class Lives {
  private final Inspector inspector;
  private final Attempts attempts;
  private final Map<Long, FunctionLife> lives = new LinkedHashMap<>();
  private final Map<Long, List<ClaimRow>> claims =
      new HashMap<>(); // by the id of the last claim of the chain
  private int reads;

  private Lives(Inspector inspector, Attempts attempts) {
    this.inspector = inspector;
    this.attempts = attempts;
  }

  static Map<Long, FunctionLife> read(
      Inspector inspector, List<FunctionRow> functions, Attempts attempts) {
    Lives lives = new Lives(inspector, attempts);
    for (int i = functions.size() - 1; i >= 0 && lives.reads < Limits.LIVES; i--) {
      lives.add(functions.get(i));
    }
    return lives.lives;
  }

  private void add(FunctionRow row) {
    Long claim = row.claimId();
    List<ClaimRow> known = claim == null ? null : claims.get(claim);
    if (isRemarkable(row) || (claim != null && known == null)) {
      reads++;
      inspector.function(row.id()).ifPresent(this::put);
    } else if (known != null) {
      lives.put(row.id(), new FunctionLife(row, attempts.of(row), known, List.of()));
    }
  }

  private void put(FunctionLife life) {
    lives.put(life.row().id(), life);
    Long claim = life.row().claimId();
    if (claim != null) {
      claims.put(claim, life.claims());
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
