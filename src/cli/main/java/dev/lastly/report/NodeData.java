package dev.lastly.report;

import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OperatorActionRow;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rows of a node as the page shows them. */
final class NodeData {
  private NodeData() {}

  static Totals totals(Status status, List<String> problems) {
    Map<OwnerEnding, Long> owners = new EnumMap<>(OwnerEnding.class);
    owners.put(OwnerEnding.ALIVE, status.ownersAlive());
    owners.put(OwnerEnding.UNNOTICED, status.ownersDead());
    owners.put(OwnerEnding.UNKNOWN, status.ownersUnknown());
    owners.put(OwnerEnding.CLOSED, status.ownersEnded());
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("write-ahead log", Units.bytes(status.walBytes()));
    facts.put("schema", "version " + status.schemaVersion());
    facts.put("SQLite", status.sqliteVersion());
    facts.put("integrity", problems.isEmpty() ? "ok" : "DAMAGED");
    return new Totals(
        status.functions(),
        status.prunedFunctions(),
        owners,
        status.orphans(),
        status.oldestOrphan(),
        status.unresolvable(),
        status.waiting(),
        new Totals.Database(status.databaseBytes(), facts));
  }

  static ReportOwner owner(OwnerRow row) {
    ReportOwner.Worker process = new ReportOwner.Worker(row.pid(), row.host(), row.bootId());
    String evidence = row.closedAt() == null ? row.verdictEvidence() : row.evidence();
    return new ReportOwner(
        row.id(),
        row.label(),
        Units.id(row.id()) + " " + (row.label().isEmpty() ? process.name() : row.label()),
        process,
        row.openedAt(),
        row.closedAt(),
        ending(row),
        row.endedBy(),
        evidence == null ? "" : evidence);
  }

  private static OwnerEnding ending(OwnerRow row) {
    String reason = row.endReason();
    if (reason == null) {
      return switch (row.verdict()) {
        case ALIVE -> OwnerEnding.ALIVE;
        case DEAD -> OwnerEnding.UNNOTICED;
        case UNKNOWN -> OwnerEnding.UNKNOWN;
      };
    }
    return OwnerEnding.recorded(reason);
  }

  static ReportFunction function(FunctionRow row) {
    return new ReportFunction(
        row.id(),
        row.state(),
        new ReportFunction.Call(
            row.name(), row.function(), row.module(), row.arguments(), row.command()),
        new ReportFunction.InJob(row.jobId(), row.job()),
        new ReportFunction.Holder(
            row.ownerId(), row.ownerPid(), null, row.orphaned(), row.claimNo()),
        new ReportFunction.Course(
            row.attempts(),
            row.maxAttempts(),
            row.notBefore(),
            row.lastError(),
            row.registeredAt(),
            row.finishedAt(),
            row.unresolvable() != null),
        row.waiting());
  }

  static ReportAttempt attempt(AttemptRow row) {
    return new ReportAttempt(
        row.functionId(),
        row.number(),
        row.ownerId(),
        row.startedAt(),
        row.finishedAt(),
        row.outcome(),
        row.error(),
        row.output());
  }

  static ReportLife life(FunctionLife life) {
    return new ReportLife(
        function(life.row()),
        life.attempts().stream().map(NodeData::attempt).toList(),
        life.claims().stream().map(NodeData::claim).toList(),
        life.actions().stream().map(NodeData::act).toList());
  }

  private static ReportLife.Claim claim(ClaimRow row) {
    return new ReportLife.Claim(
        row.id(), row.fromOwner(), row.toOwner(), row.claimedAt(), row.evidence(), row.rows());
  }

  private static ReportLife.Act act(OperatorActionRow row) {
    return new ReportLife.Act(row.actedAt(), row.osUser(), row.action(), row.reason());
  }
}
