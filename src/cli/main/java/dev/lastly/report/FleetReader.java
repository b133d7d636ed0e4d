package dev.lastly.report;

import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.fleet.model.NodeRow;
import dev.lastly.model.FunctionState;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads the data of a page about a fleet in short reads, so that no snapshot stays open for long. A
 * change between two reads is seen only by the later one. For one thread.
 */
final class FleetReader {
  private static final int PAGE = 500;

  private static final Set<FunctionState> UNFINISHED =
      EnumSet.of(FunctionState.DEFERRED, FunctionState.RUNNING, FunctionState.RETRY_WAIT);

  private final FleetInspector inspector;
  private final TreeMap<UUID, FleetFunctionRow> functions = new TreeMap<>();
  private final List<ReportAttempt> attempts = new ArrayList<>();
  private final Map<Object, ReportLife> lives = new LinkedHashMap<>();

  private FleetReader(FleetInspector inspector) {
    this.inspector = inspector;
  }

  static ReportData read(FleetInspector inspector) {
    return new FleetReader(inspector).read(inspector.status());
  }

  private ReportData read(FleetStatus status) {
    readOldest(UNFINISHED);
    readOldest(EnumSet.of(FunctionState.QUARANTINED));
    readOldest(EnumSet.of(FunctionState.UNCONFIRMED));
    readNewest();
    List<FleetFunctionRow> rows = List.copyOf(functions.values());
    for (int i = 0; i < rows.size(); i += PAGE) {
      inspector.histories(rows.subList(i, Math.min(rows.size(), i + PAGE))).forEach(this::add);
    }
    return new ReportData(
        status.at(),
        StorePlace.fleet(inspector.place(), inspector.options()),
        FleetData.totals(status),
        List.of(),
        nodes(status),
        owners(),
        rows.stream().map(FleetData::function).toList(),
        attempts,
        lives);
  }

  private void readOldest(Set<FunctionState> states) {
    FleetFunctionFilter filter = FleetFunctionFilter.all().states(states);
    UUID last = null;
    for (int read = 0; read < Limits.OLDER_OPEN_FUNCTIONS; read += PAGE) {
      last = keep(inspector.functions(filter, last, PAGE));
      if (last == null) {
        return;
      }
    }
  }

  private void readNewest() {
    UUID last = null;
    for (int read = 0; read < Limits.FUNCTIONS; read += PAGE) {
      last = keep(inspector.functionsBefore(FleetFunctionFilter.all(), last, PAGE));
      if (last == null) {
        return;
      }
    }
  }

  /** Keeps a page. Returns the id of its last row; null if it is the last page. */
  private @Nullable UUID keep(List<FleetFunctionRow> page) {
    page.forEach(row -> functions.put(row.id(), row));
    return page.size() < PAGE ? null : page.get(page.size() - 1).id();
  }

  private void add(FleetFunctionLife life) {
    ReportLife shown = FleetData.life(life);
    attempts.addAll(shown.attempts());
    if (isRemarkable(shown)) {
      lives.put(shown.row().id(), shown);
    }
  }

  private static boolean isRemarkable(ReportLife life) {
    ReportFunction row = life.row();
    return row.course().attempts() > 1
        || row.course().lastError() != null
        || row.state() == FunctionState.QUARANTINED
        || !life.claims().isEmpty()
        || !life.acts().isEmpty();
  }

  private List<ReportOwner> owners() {
    KeptOwners kept = new KeptOwners();
    UUID last = null;
    List<FleetOwnerRow> page;
    do {
      page = inspector.owners(last, PAGE);
      for (FleetOwnerRow owner : page) {
        last = owner.id();
        kept.add(FleetData.owner(owner));
      }
    } while (page.size() == PAGE);
    return kept.list();
  }

  /** Those that have not ended, then the newest others. */
  private ReportNodes nodes(FleetStatus status) {
    Instant now = status.at();
    Deque<ReportNodes.NodeLife> open = new ArrayDeque<>();
    Deque<ReportNodes.NodeLife> ended = new ArrayDeque<>();
    UUID last = null;
    List<NodeRow> page;
    do {
      page = inspector.nodes(last, PAGE);
      for (NodeRow node : page) {
        last = node.id();
        Deque<ReportNodes.NodeLife> kind = node.endReason() == null ? open : ended;
        kind.addFirst(FleetData.node(node, now));
        if (kind.size() > Limits.NODES) {
          kind.removeLast();
        }
      }
    } while (page.size() == PAGE);
    List<ReportNodes.NodeLife> shown = new ArrayList<>(open);
    shown.addAll(ended);
    return new ReportNodes(
        status.nodesAlive(),
        status.nodesSilent(),
        status.nodesEnded(),
        shown.subList(0, Math.min(shown.size(), Limits.NODES)));
  }
}
