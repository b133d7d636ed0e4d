package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorActionRow;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import dev.lastly.model.Verdict;
import dev.lastly.model.WaitingReason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A database with one of everything, and one text wherever there can be text. */
final class Everything {
  static final Instant START = Instant.parse("2026-03-02T08:00:00Z");

  private final String text;
  private final List<AttemptRow> attempts = new ArrayList<>();
  private long orphans = 2;
  private @Nullable Instant oldestOrphan = at(90);

  private Everything(String text) {
    this.text = text;
  }

  static ReportData saying(String text) {
    return new Everything(text).data();
  }

  /** With so many orphans, whose owners died while no worker has noticed it. */
  static ReportData withOrphansOfUnrecordedDeaths(long number) {
    Everything everything = new Everything("text");
    everything.orphans = number;
    everything.oldestOrphan = null;
    return everything.data();
  }

  /** The same, but registered, opened and ended at the ends of time. */
  static ReportData atTimes(long first, long last) {
    Everything everything = new Everything("text");
    Instant from = Instant.ofEpochMilli(first);
    Instant to = Instant.ofEpochMilli(last);
    List<FunctionRow> functions = new ArrayList<>();
    for (FunctionRow row : everything.functions()) {
      FunctionRow.Draft draft = new FunctionRow.Draft(row);
      draft.registeredAt = row.id() % 2 == 0 ? from : to;
      draft.finishedAt = row.finishedAt() == null ? null : to;
      functions.add(draft.row());
    }
    OwnerRow.Draft owner = new OwnerRow.Draft();
    owner.id = 1;
    owner.label = "l";
    owner.pid = 1;
    owner.startTicks = 1;
    owner.bootId = "b";
    owner.pidNamespace = "n";
    owner.host = "h";
    owner.openedAt = from;
    owner.closedAt = to;
    owner.endReason = "died";
    owner.endedBy = 2L;
    owner.evidence = "e";
    owner.verdict = Verdict.DEAD;
    owner.verdictEvidence = "e";
    List<OwnerRow> owners = List.of(owner.row());
    return everything.data(to, owners, functions);
  }

  private ReportData data() {
    return data(at(600), owners(), functions());
  }

  private List<FunctionRow> functions() {
    List<FunctionRow> functions = new ArrayList<>();
    for (FunctionState state : FunctionState.ofANode()) {
      functions.add(function(functions.size() + 1, state));
    }
    return functions;
  }

  private ReportData data(Instant madeAt, List<OwnerRow> owners, List<FunctionRow> functions) {
    Map<FunctionState, Long> counts = new EnumMap<>(FunctionState.class);
    Map<Long, FunctionLife> lives = new LinkedHashMap<>();
    for (FunctionRow row : functions) {
      counts.put(row.state(), 1L);
      lives.put(row.id(), life(row));
    }
    Status.Draft sum = new Status.Draft();
    sum.functions = counts;
    sum.ownersAlive = 1;
    sum.ownersDead = 1;
    sum.ownersUnknown = 1;
    sum.ownersEnded = 3;
    sum.orphans = orphans;
    sum.oldestOrphan = oldestOrphan;
    sum.unresolvable = 1;
    sum.unresolvableReasons = List.of(text);
    sum.waiting =
        List.of(
            new WaitingReason.SameReason(1, waiting(WaitingReason.Cause.UNRESOLVABLE, text)),
            new WaitingReason.SameReason(1, waiting(WaitingReason.Cause.UNCLAIMED, text)),
            new WaitingReason.SameReason(1, waiting(WaitingReason.Cause.OWNER_UNKNOWN, text)));
    sum.guardian = new Status.GuardianSight(true, 4_100L, text);
    sum.prunedFunctions = 4;
    sum.databaseBytes = 1_048_576;
    sum.walBytes = 32_768;
    sum.schemaVersion = 4;
    sum.sqliteVersion = text;
    Status status = sum.status();
    return Samples.node(madeAt, text, status, List.of(text), owners, functions, attempts, lives);
  }

  private FunctionRow function(long id, FunctionState state) {
    FunctionRow.Draft row = new FunctionRow.Draft();
    row.id = id;
    row.name = text;
    row.state = state;
    row.jobId = id;
    row.job = text;
    row.ownerId = 3;
    row.ownerPid = 4_003;
    row.ownerBootId = text;
    row.orphaned = state == FunctionState.DEFERRED;
    row.claimNo = 1;
    row.claimId = 1L;
    row.function = text;
    row.classDigest = text;
    row.module = text;
    row.arguments = text;
    row.attempts = 1;
    row.maxAttempts = 10;
    row.notBefore = state == FunctionState.RETRY_WAIT ? at(500) : null;
    row.lastError = text;
    row.registeredAt = at(id);
    row.finishedAt = state.isFinal() ? at(200 + id) : null;
    row.unresolvable = state == FunctionState.DEFERRED ? text : null;
    row.waiting = state.isFinal() ? null : waiting(WaitingReason.Cause.UNRESOLVABLE, text);
    return row.row();
  }

  private static WaitingReason waiting(WaitingReason.Cause cause, String text) {
    return new WaitingReason(cause, text, text, text, null, null);
  }

  private FunctionLife life(FunctionRow row) {
    AttemptOutcome[] outcomes = AttemptOutcome.values();
    AttemptOutcome outcome = outcomes[(int) row.id() % outcomes.length];
    boolean open = row.state() == FunctionState.RUNNING;
    AttemptRow attempt =
        new AttemptRow(
            row.id(),
            1,
            3,
            at(190 + row.id()),
            open ? null : at(192 + row.id()),
            open ? null : outcome,
            text,
            text);
    attempts.add(attempt);
    return new FunctionLife(
        row,
        List.of(attempt),
        List.of(new ClaimRow(1, 2, 3, at(181), "DEAD", text, 7)),
        List.of(new OperatorActionRow(row.id(), at(300), text, text, row.id(), null, text)));
  }

  private List<OwnerRow> owners() {
    return List.of(
        ended(1, "closed"),
        ended(2, "died"),
        ended(3, "forced"),
        open(4, Verdict.ALIVE),
        open(5, Verdict.DEAD),
        open(6, Verdict.UNKNOWN));
  }

  private OwnerRow ended(long id, String reason) {
    boolean found = !reason.equals("closed");
    OwnerRow.Draft row = new OwnerRow.Draft();
    row.id = id;
    row.label = text;
    row.pid = 4_000 + id;
    row.startTicks = 77;
    row.bootId = text;
    row.pidNamespace = text;
    row.uid = 1_000;
    row.host = text;
    row.openedAt = at(id);
    row.closedAt = at(id == 3 ? 400 : 90 * id);
    row.endReason = reason;
    row.endedBy = found ? 4L : null;
    row.evidence = found ? text : null;
    row.verdict = Verdict.DEAD;
    row.verdictEvidence = text;
    return row.row();
  }

  private OwnerRow open(long id, Verdict verdict) {
    OwnerRow.Draft row = new OwnerRow.Draft();
    row.id = id;
    row.label = text;
    row.pid = 4_000 + id;
    row.startTicks = 77;
    row.bootId = text;
    row.pidNamespace = text;
    row.uid = 1_000;
    row.host = text;
    row.openedAt = at(id);
    row.doubt = text;
    row.verdict = verdict;
    row.verdictEvidence = text;
    return row.row();
  }

  private static Instant at(long seconds) {
    return START.plusSeconds(seconds);
  }
}
