package dev.lastly.cli.fleet;

import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.view.Advice;
import dev.lastly.cli.view.Concern;
import dev.lastly.fleet.Fleet;
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
        .put("waiting", Advice.json(status.waiting()))
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
