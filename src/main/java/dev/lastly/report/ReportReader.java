package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads what a page shows, in short reads, so that it holds up nobody and keeps no snapshot open
 * for long. What happens in between may be in a later read and not in an earlier one. For one
 * thread.
 */
final class ReportReader {
  private static final int PAGE = 1_000;

  /** Those who want a look, and those who gave up wanted a reason. */
  private static final Set<FunctionState> NOT_SETTLED =
      EnumSet.of(
          FunctionState.DEFERRED,
          FunctionState.RUNNING,
          FunctionState.RETRY_WAIT,
          FunctionState.QUARANTINED);

  private final Inspector inspector;

  private ReportReader(Inspector inspector) {
    this.inspector = inspector;
  }

  static ReportData read(Inspector inspector, List<String> problems) {
    return new ReportReader(inspector).read(Instant.now(), problems);
  }

  private ReportData read(Instant now, List<String> problems) {
    Status status = inspector.status();
    List<FunctionRow> functions = functions(status);
    Attempts attempts = Attempts.from(inspector, functions);
    Map<Long, FunctionLife> lives = lives(functions, attempts);
    lives.values().forEach(life -> attempts.replace(life.row().id(), life.attempts()));
    List<AttemptRow> all = attempts.all();
    return new ReportData(
        now,
        inspector.database().toString(),
        status,
        problems,
        owners(),
        functions,
        all,
        lives);
  }

  /** The newest, and those older ones that are not settled. Ids are given out without a gap. */
  private List<FunctionRow> functions(Status status) {
    long there = status.functions().values().stream().mapToLong(Long::longValue).sum();
    long before = Math.max(0, there + status.prunedFunctions() - Limits.FUNCTIONS);
    Map<Long, FunctionRow> rows = new TreeMap<>();
    read(FunctionFilter.all().states(NOT_SETTLED), 0, Limits.OLDER_OPEN_FUNCTIONS, rows);
    read(FunctionFilter.all(), before, 2 * Limits.FUNCTIONS, rows);
    return List.copyOf(rows.values());
  }

  private void read(FunctionFilter filter, long after, int most, Map<Long, FunctionRow> rows) {
    long last = after;
    for (int read = 0; read < most; read += PAGE) {
      List<FunctionRow> page = inspector.functions(filter, last, PAGE);
      page.forEach(row -> rows.put(row.id(), row));
      if (page.size() < PAGE) {
        return;
      }
      last = page.get(page.size() - 1).id();
    }
  }

  private Map<Long, FunctionLife> lives(List<FunctionRow> functions, Attempts attempts) {
    Map<Long, FunctionLife> lives = new LinkedHashMap<>();
    for (int i = functions.size() - 1; i >= 0 && lives.size() < Limits.LIVES; i--) {
      FunctionRow row = functions.get(i);
      if (isRemarkable(row) || !attempts.isComplete(row)) {
        inspector.function(row.id()).ifPresent(life -> lives.put(row.id(), life));
      }
    }
    return lives;
  }

  private static boolean isRemarkable(FunctionRow row) {
    return row.claimNo() > 0
        || row.attempts() > 1
        || row.lastError() != null
        || row.state() == FunctionState.QUARANTINED
        || row.state() == FunctionState.DISCARDED;
  }

  /** All that are open, and the newest of the rest. */
  private List<OwnerRow> owners() {
    Map<Long, OwnerRow> open = new TreeMap<>();
    Deque<OwnerRow> ended = new ArrayDeque<>();
    long last = 0;
    List<OwnerRow> page;
    do {
      page = inspector.owners(last, PAGE);
      for (OwnerRow owner : page) {
        last = owner.id();
        if (owner.closedAt() == null) {
          open.put(owner.id(), owner);
        } else {
          ended.add(owner);
        }
        if (ended.size() > Limits.OWNERS) {
          ended.remove();
        }
      }
    } while (page.size() == PAGE);
    ended.forEach(owner -> open.put(owner.id(), owner));
    return new ArrayList<>(open.values());
  }
}
