package dev.lastly.cli;

import dev.lastly.cli.output.JsonObject;
import dev.lastly.model.Event;
import dev.lastly.model.OwnerRow;

/**
 * Rows as JSON. The members are called like the columns of the database, and documented in {@code
 * docs/cli.md}: programs read them, so none is renamed or removed.
 */
final class JsonRows {
  private JsonRows() {}

  static JsonObject of(OwnerRow row) {
    return new JsonObject()
        .put("id", row.id())
        .put("label", row.label())
        .put("pid", row.pid())
        .put("start_ticks", row.startTicks())
        .put("boot_id", row.bootId())
        .put("pid_namespace", row.pidNamespace())
        .put("uid", row.uid())
        .put("host", row.host())
        .put("opened_at", row.openedAt())
        .put("closed_at", row.closedAt())
        .put("end_reason", row.endReason())
        .put("ended_by", row.endedBy())
        .put("evidence", row.evidence())
        .put("doubt", row.doubt())
        .put("verdict", row.verdict())
        .put("verdict_evidence", row.verdictEvidence());
  }

  static JsonObject of(Event event) {
    return new JsonObject()
        .put("id", event.id())
        .put("at", event.at())
        .put("kind", event.kind())
        .put("function_id", event.functionId())
        .put("job_id", event.jobId())
        .put("owner_id", event.ownerId())
        .put("attempt", event.attempt())
        .put("outcome", event.outcome())
        .put("subject", event.subject())
        .put("detail", event.detail());
  }
}
