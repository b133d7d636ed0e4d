package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads the data of a page in short reads, so that no snapshot stays open for long and no worker is
 * delayed. A change between two reads is seen only by the later one. For one thread.
 */
final class ReportReader {
  private static final int PAGE = 1_000;

  private static final Set<FunctionState> UNFINISHED =
      EnumSet.of(FunctionState.DEFERRED, FunctionState.RUNNING, FunctionState.RETRY_WAIT);

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
    Attempts attempts = Attempts.read(inspector, functions);
    return new ReportData(
        now,
        inspector.database().toString(),
        status,
        problems,
        owners(),
        functions,
        attempts.all(functions),
        Lives.read(inspector, functions, attempts));
  }

  /**
   * The newest functions, and the older unfinished and quarantined ones, which have indexes of
   * their own. Ids have no gaps, so the number of functions gives the id of the newest ones.
   */
  private List<FunctionRow> functions(Status status) {
    long there = status.functions().values().stream().mapToLong(Long::longValue).sum();
    long before = Math.max(0, there + status.prunedFunctions() - Limits.FUNCTIONS);
    Map<Long, FunctionRow> rows = new TreeMap<>();
    read(states(UNFINISHED), 0, Limits.OLDER_OPEN_FUNCTIONS, rows);
    read(states(EnumSet.of(FunctionState.QUARANTINED)), 0, Limits.OLDER_OPEN_FUNCTIONS, rows);
    read(FunctionFilter.all(), before, 2 * Limits.FUNCTIONS, rows);
    return List.copyOf(rows.values());
  }

  private void read(FunctionFilter filter, long after, int most, Map<Long, FunctionRow> rows) {
    long last = after;
    for (int read = 0; read < most; read += PAGE) {
      List<FunctionRow> page = inspector.functions(filter, last, PAGE);
      if (page.isEmpty()) {
        return;
      }
      page.forEach(row -> rows.put(row.id(), row));
      last = page.get(page.size() - 1).id();
    }
  }

  private static FunctionFilter states(Set<FunctionState> states) {
    return FunctionFilter.all().states(states);
  }

  /** All open owners, and the newest of those that have ended. */
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
