package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads the data of a page in short reads, so that no snapshot stays open for long and no worker is
 * delayed. A change between two reads is seen only by the later one. For one thread.
 */
final class NodeReader {
  private static final int PAGE = 1_000;

  private static final Set<FunctionState> UNFINISHED =
      EnumSet.of(FunctionState.DEFERRED, FunctionState.RUNNING, FunctionState.RETRY_WAIT);

  private final Inspector inspector;

  private NodeReader(Inspector inspector) {
    this.inspector = inspector;
  }

  static ReportData read(Inspector inspector, List<String> problems) {
    return new NodeReader(inspector).read(Instant.now(), problems);
  }

  private ReportData read(Instant now, List<String> problems) {
    Status status = inspector.status();
    List<FunctionRow> functions = functions(status);
    Attempts attempts = Attempts.read(inspector, functions);
    Map<Object, ReportLife> lives = new LinkedHashMap<>();
    Lives.read(inspector, functions, attempts)
        .forEach((id, life) -> lives.put(id, NodeData.life(life)));
    return new ReportData(
        now,
        StorePlace.node(inspector.database().toString()),
        NodeData.totals(status, problems),
        problems,
        null,
        owners(),
        functions.stream().map(NodeData::function).toList(),
        attempts.all(functions).stream().map(NodeData::attempt).toList(),
        lives);
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

  private List<ReportOwner> owners() {
    KeptOwners kept = new KeptOwners();
    long last = 0;
    List<OwnerRow> page;
    do {
      page = inspector.owners(last, PAGE);
      for (OwnerRow owner : page) {
        last = owner.id();
        kept.add(NodeData.owner(owner));
      }
    } while (page.size() == PAGE);
    return kept.list();
  }
}
