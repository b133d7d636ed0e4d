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
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A database with one of everything, and one text wherever there can be text. */
final class Everything {
  static final Instant START = Instant.parse("2026-03-02T08:00:00Z");

  private final String text;
  private final List<AttemptRow> attempts = new ArrayList<>();

  private Everything(String text) {
    this.text = text;
  }

  static ReportData saying(String text) {
    return new Everything(text).data();
  }

  /** The same, but registered, opened and ended at the ends of time. */
  static ReportData atTimes(long first, long last) {
    ReportData data = saying("text");
    Instant from = Instant.ofEpochMilli(first);
    Instant to = Instant.ofEpochMilli(last);
    List<FunctionRow> functions = new ArrayList<>();
    for (FunctionRow row : data.functions()) {
      functions.add(
          new FunctionRow(
              row.id(),
              row.name(),
              row.state(),
              row.jobId(),
              row.job(),
              row.ownerId(),
              row.ownerPid(),
              row.ownerBootId(),
              row.orphaned(),
              row.claimNo(),
              row.claimId(),
              row.function(),
              row.classDigest(),
              row.module(),
              row.arguments(),
              row.attempts(),
              row.maxAttempts(),
              row.notBefore(),
              row.lastError(),
              row.id() % 2 == 0 ? from : to,
              row.finishedAt() == null ? null : to,
              row.unresolvable()));
    }
    List<OwnerRow> owners =
        List.of(
            new OwnerRow(
                1,
                "l",
                1,
                1,
                "b",
                "n",
                0,
                "h",
                from,
                to,
                "died",
                2L,
                "e",
                null,
                Verdict.DEAD,
                "e"));
    return new ReportData(
        to, "x", data.status(), List.of(), owners, functions, data.attempts(), data.lives());
  }

  private ReportData data() {
    List<FunctionRow> functions = new ArrayList<>();
    Map<FunctionState, Long> counts = new EnumMap<>(FunctionState.class);
    Map<Long, FunctionLife> lives = new LinkedHashMap<>();
    for (FunctionState state : FunctionState.values()) {
      FunctionRow row = function(functions.size() + 1, state);
      functions.add(row);
      counts.put(state, 1L);
      lives.put(row.id(), life(row));
    }
    Status status =
        new Status(counts, 1, 1, 1, 3, 2, at(90), 1, List.of(text), 4, 1_048_576, 32_768, 4, text);
    return new ReportData(
        at(600), text, status, List.of(text), owners(), functions, attempts, lives);
  }

  private FunctionRow function(long id, FunctionState state) {
    return new FunctionRow(
        id,
        text,
        state,
        id,
        text,
        3,
        4_003,
        text,
        state == FunctionState.DEFERRED,
        1,
        1L,
        text,
        text,
        text,
        text,
        1,
        10,
        state == FunctionState.RETRY_WAIT ? at(500) : null,
        text,
        at(id),
        state.isFinal() ? at(200 + id) : null,
        state == FunctionState.DEFERRED ? text : null);
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
    return new OwnerRow(
        id,
        text,
        4_000 + id,
        77,
        text,
        text,
        1_000,
        text,
        at(id),
        at(id == 3 ? 400 : 90 * id),
        reason,
        found ? 4L : null,
        found ? text : null,
        null,
        Verdict.DEAD,
        text);
  }

  private OwnerRow open(long id, Verdict verdict) {
    return new OwnerRow(
        id,
        text,
        4_000 + id,
        77,
        text,
        text,
        1_000,
        text,
        at(id),
        null,
        null,
        null,
        null,
        text,
        verdict,
        text);
  }

  private static Instant at(long seconds) {
    return START.plusSeconds(seconds);
  }
}
