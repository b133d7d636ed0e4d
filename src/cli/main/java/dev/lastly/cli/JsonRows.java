package dev.lastly.cli;

import dev.lastly.cli.output.JsonObject;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OperatorActionRow;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.OwnerRow;

/**
 * Rows as JSON. The members are called like the columns of the database, and documented in {@code
 * docs/cli.md}: programs read them, so none is renamed or removed.
 */
final class JsonRows {
  private JsonRows() {}

  static JsonObject of(FunctionRow row) {
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
        .put("claim_id", row.claimId())
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
        .putRaw("options", row.options() == null ? "null" : row.options());
  }

  static JsonObject of(FunctionLife life) {
    return of(life.row())
        .put("attempt", life.attempts().stream().map(JsonRows::of).toList())
        .put("claim", life.claims().stream().map(JsonRows::of).toList())
        .put("operator_action", life.actions().stream().map(JsonRows::of).toList());
  }

  private static JsonObject of(AttemptRow row) {
    return new JsonObject()
        .put("number", row.number())
        .put("owner_id", row.ownerId())
        .put("started_at", row.startedAt())
        .put("finished_at", row.finishedAt())
        .put("outcome", row.outcome())
        .put("error", row.error())
        .put("output", row.output());
  }

  private static JsonObject of(ClaimRow row) {
    return new JsonObject()
        .put("id", row.id())
        .put("from_owner", row.fromOwner())
        .put("to_owner", row.toOwner())
        .put("claimed_at", row.claimedAt())
        .put("verdict", row.verdict())
        .put("evidence", row.evidence())
        .put("rows", row.rows());
  }

  private static JsonObject of(OperatorActionRow row) {
    return new JsonObject()
        .put("id", row.id())
        .put("acted_at", row.actedAt())
        .put("os_user", row.osUser())
        .put("action", row.action())
        .put("reason", row.reason());
  }

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

  static JsonObject of(OperatorOutcome outcome) {
    return new JsonObject()
        .put("function_id", outcome.functionId())
        .put("outcome", outcome.kind())
        .put("before", outcome.before())
        .put("after", outcome.after())
        .put("message", outcome.message());
  }
}
