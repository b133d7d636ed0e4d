package dev.lastly.cli.fleet;

import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.view.Concern;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOutcome;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.fleet.model.NodeRow;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * Rows of a fleet as JSON. A member that a node's row has, too, is called as there. The members are
 * documented in {@code docs/cli.md}: programs read them, so none is renamed or removed.
 */
final class FleetJson {
  private FleetJson() {}

  static JsonObject of(FleetFunctionRow row) {
    return new JsonObject()
        .put("id", row.id())
        .put("name", row.name())
        .put("state", row.state())
        .put("job_id", row.jobId())
        .put("job", row.job())
        .put("owner_id", row.ownerId())
        .put("owner_pid", row.ownerPid())
        .put("owner_boot_id", row.ownerBootId())
        .put("orphaned", row.orphaned())
        .put("claim_no", row.claimNo())
        .put("claim_id", row.claim())
        .put("function", row.function())
        .put("class_digest", row.classDigest())
        .put("module", row.module())
        .putRaw("arguments", row.arguments())
        .put("attempts", row.attempts())
        .put("max_attempts", row.maxAttempts())
        .put("not_before", row.notBefore())
        .put("last_error", row.lastError())
        .put("registered_at", row.registeredAt())
        .put("finished_at", row.finishedAt())
        .put("command", row.command())
        .put("unresolvable", row.unresolvable())
        .putRaw("options", row.options() == null ? "null" : row.options())
        .put("host", row.host())
        .put("presumed_owner", row.presumedOwner());
  }

  static JsonObject of(FleetFunctionLife life) {
    return of(life.row())
        .put("attempt", life.attempts().stream().map(FleetJson::of).toList())
        .put("claim", life.claims().stream().map(FleetJson::of).toList())
        .put("operator_action", life.actions().stream().map(FleetJson::of).toList());
  }

  private static JsonObject of(FleetFunctionLife.Attempt attempt) {
    return new JsonObject()
        .put("number", attempt.number())
        .put("owner_id", attempt.ownerId())
        .put("started_at", attempt.startedAt())
        .put("finished_at", attempt.finishedAt())
        .put("outcome", attempt.outcome())
        .put("error", attempt.error())
        .put("output", attempt.output());
  }

  private static JsonObject of(FleetFunctionLife.Claim claim) {
    return new JsonObject()
        .put("id", claim.number())
        .put("from_owner", claim.fromOwner())
        .put("to_owner", claim.toOwner())
        .put("claimed_at", claim.claimedAt())
        .put("verdict", claim.verdict())
        .put("evidence", claim.evidence())
        .put("rows", claim.rows())
        .put("epoch", claim.epoch());
  }

  private static JsonObject of(FleetFunctionLife.Act act) {
    return new JsonObject()
        .put("id", act.id())
        .put("acted_at", act.actedAt())
        .put("os_user", act.osUser())
        .put("action", act.action())
        .put("reason", act.reason());
  }

  static JsonObject of(FleetOwnerRow row) {
    return new JsonObject()
        .put("id", row.id())
        .put("label", row.label())
        .put("pid", row.pid())
        .put("boot_id", row.bootId())
        .put("host", row.host())
        .put("opened_at", row.openedAt())
        .put("closed_at", row.endedAt())
        .put("end_reason", row.endReason())
        .put("ended_by", row.endedBy())
        .put("evidence", row.evidence())
        .put("verdict", row.verdict())
        .put("node_id", row.nodeId())
        .put("machine_id", row.machineId())
        .put("confirmed_at", row.confirmedAt())
        .put("confirmation", row.confirmation());
  }

  static JsonObject of(NodeRow row) {
    return new JsonObject()
        .put("id", row.id())
        .put("host", row.host())
        .put("machine_id", row.machineId())
        .put("store_id", row.storeId())
        .put("boot_id", row.bootId())
        .put("leased", row.leased())
        .put("beats", row.beats())
        .put("ttl_ms", row.ttl().toMillis())
        .put("expires_at", row.expiresAt())
        .put("opened_at", row.openedAt())
        .put("ended_at", row.endedAt())
        .put("end_reason", row.endReason())
        .put("evidence", row.evidence())
        .put("owners", row.owners())
        .put("unfinished", row.unfinished());
  }

  static JsonObject of(Fleet.FleetEvent event) {
    return new JsonObject()
        .put("id", Long.toString(event.transaction()))
        .put("at", event.at())
        .put("kind", event.kind())
        .put("function_id", event.function().orElse(null))
        .put("job_id", event.job().orElse(null))
        .put("owner_id", event.owner().orElse(null))
        .put("detail", event.detail().orElse(null));
  }

  static JsonObject of(FleetOutcome outcome) {
    return new JsonObject()
        .put("function_id", outcome.functionId())
        .put("outcome", outcome.kind())
        .put("before", outcome.before())
        .put("after", outcome.after())
        .put("message", outcome.message());
  }

  static JsonObject of(FleetStatus status, String where, List<Concern> concerns) {
    return new JsonObject()
        .put("at", status.at())
        .put("database", where)
        .put("ok", concerns.isEmpty())
        .put("concerns", concerns.stream().map(Concern::code).toList())
        .put("functions", new TreeMap<>(status.functions()))
        .put(
            "owners",
            new JsonObject()
                .put("alive", status.ownersAlive())
                .put("unknown", status.ownersUnknown())
                .put("presumed", status.ownersPresumed())
                .put("ended", status.ownersEnded()))
        .put("orphans", status.orphans())
        .put("oldest_orphan", status.oldestOrphan())
        .put("unresolvable", status.unresolvable())
        .put("unresolvable_reasons", status.unresolvableReasons())
        .put(
            "nodes",
            new JsonObject()
                .put("alive", status.nodesAlive())
                .put("silent", status.nodesSilent())
                .put("ended", status.nodesEnded()))
        .put("epoch", status.epoch())
        .put("database_bytes", status.databaseBytes())
        .put("schema_version", status.schemaVersion())
        .put("server_version", status.serverVersion());
  }

  /** What ended a look at owners or nodes, in one word. */
  static String now(FleetOwnerRow owner) {
    String ended = owner.endReason();
    return ended == null ? owner.verdict().name().toLowerCase(Locale.ROOT) : ended;
  }
}
