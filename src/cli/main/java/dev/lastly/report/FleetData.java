package dev.lastly.report;

import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.fleet.model.NodeRow;
import java.time.Instant;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of a fleet as the page shows them. */
final class FleetData {
  private FleetData() {}

  static Totals totals(FleetStatus status) {
    Map<OwnerEnding, Long> owners = new EnumMap<>(OwnerEnding.class);
    owners.put(OwnerEnding.ALIVE, status.ownersAlive());
    owners.put(OwnerEnding.UNKNOWN, status.ownersUnknown());
    owners.put(OwnerEnding.PRESUMED, status.ownersPresumed());
    owners.put(OwnerEnding.CLOSED, status.ownersEnded());
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("schema", "version " + status.schemaVersion());
    facts.put("PostgreSQL", status.serverVersion());
    facts.put("epoch", Long.toString(status.epoch()));
    return new Totals(
        status.functions(),
        null,
        owners,
        status.orphans(),
        status.oldestOrphan(),
        status.unresolvable(),
        status.waiting(),
        new Totals.Database(status.databaseBytes(), facts));
  }

  static ReportNodes.NodeLife node(NodeRow row, Instant now) {
    String reason = row.endReason();
    OwnerEnding alike =
        reason != null
            ? OwnerEnding.recorded(reason)
            : row.leased() ? OwnerEnding.ALIVE : OwnerEnding.UNKNOWN;
    return new ReportNodes.NodeLife(
        row.id(),
        row.host(),
        row.machineId(),
        row.openedAt(),
        state(reason, row.leased()),
        alike,
        reason == null ? lease(row, now) : "",
        text(row.evidence()),
        row.owners(),
        row.unfinished());
  }

  private static String state(@Nullable String reason, boolean leased) {
    if (reason == null) {
      return leased ? "alive" : "silent";
    }
    return reason.equals("presumed") ? OwnerEnding.PRESUMED.text() : reason;
  }

  private static String lease(NodeRow row, Instant now) {
    return row.leased()
        ? "good for " + Units.duration(now, row.expiresAt())
        : "ran out " + Units.duration(row.expiresAt(), now) + " ago";
  }

  static ReportOwner owner(FleetOwnerRow row) {
    ReportOwner.Worker process = new ReportOwner.Worker(row.pid(), row.host(), row.bootId());
    return new ReportOwner(
        row.id(),
        row.label(),
        (row.label().isEmpty() ? process.name() : row.label()) + " on " + row.host(),
        process,
        row.openedAt(),
        row.endedAt(),
        ending(row),
        row.endedBy(),
        evidence(row));
  }

  private static OwnerEnding ending(FleetOwnerRow row) {
    String reason = row.endReason();
    if (reason == null) {
      return row.leased() ? OwnerEnding.ALIVE : OwnerEnding.UNKNOWN;
    }
    OwnerEnding recorded = OwnerEnding.recorded(reason);
    return recorded == OwnerEnding.PRESUMED && !row.isPresumed() ? OwnerEnding.DIED : recorded;
  }

  private static String evidence(FleetOwnerRow row) {
    if (row.endReason() == null) {
      return row.leased() ? "the lease of its node is good" : "the lease of its node has run out";
    }
    String proof = row.confirmation();
    return text(row.evidence()) + (proof == null ? "" : "; proven: " + proof);
  }

  static ReportFunction function(FleetFunctionRow row) {
    return new ReportFunction(
        row.id(),
        row.state(),
        new ReportFunction.Call(
            row.name(), row.function(), row.module(), row.arguments(), row.command()),
        new ReportFunction.InJob(row.jobId(), row.job()),
        new ReportFunction.Holder(
            row.ownerId(), row.ownerPid(), row.host(), row.orphaned(), row.claimNo()),
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

  static ReportLife life(FleetFunctionLife life) {
    FleetFunctionRow row = life.row();
    return new ReportLife(
        function(row),
        life.attempts().stream().map(attempt -> attempt(row, attempt)).toList(),
        claims(life),
        life.actions().stream()
            .map(act -> new ReportLife.Act(act.actedAt(), act.osUser(), act.action(), act.reason()))
            .toList());
  }

  private static ReportAttempt attempt(FleetFunctionRow row, FleetFunctionLife.Attempt attempt) {
    return new ReportAttempt(
        row.id(),
        attempt.number(),
        attempt.ownerId(),
        attempt.startedAt(),
        attempt.finishedAt(),
        attempt.outcome(),
        attempt.error(),
        attempt.output());
  }

  /** Those of its job until its owner got it; later ones were about other functions. */
  private static List<ReportLife.Claim> claims(FleetFunctionLife life) {
    Long last = life.row().claim();
    return last == null
        ? List.of()
        : life.claims().stream()
            .filter(claim -> claim.number() <= last)
            .map(claim -> claim(life.row(), claim))
            .toList();
  }

  private static ReportLife.Claim claim(FleetFunctionRow row, FleetFunctionLife.Claim claim) {
    return new ReportLife.Claim(
        List.of(row.jobId(), claim.number()),
        claim.fromOwner(),
        claim.toOwner(),
        claim.claimedAt(),
        claim.verdict().toLowerCase(Locale.ROOT) + ": " + claim.evidence(),
        claim.rows());
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
