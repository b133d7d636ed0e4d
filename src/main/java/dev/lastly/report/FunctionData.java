package dev.lastly.report;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorActionRow;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The table of functions as data for the page's program: numbers, and indexes into a list of texts
 * that are made visible here. Times are milliseconds since the first of them. Ends when it has
 * become as long as it may be: what needs somebody comes first, then what is newest.
 */
final class FunctionData {
  private final Map<String, Integer> texts = new LinkedHashMap<>();
  private final Json rows = new Json();
  private final Json lives = new Json();
  private final Map<Long, AttemptRow> lastAttempts;
  private final long base;
  private int count;
  private long textLength;

  private FunctionData(ReportData data) {
    this.lastAttempts = new LinkedHashMap<>();
    data.attempts().forEach(attempt -> lastAttempts.put(attempt.functionId(), attempt));
    this.base =
        data.functions().stream()
            .mapToLong(row -> row.registeredAt().toEpochMilli())
            .min()
            .orElse(0);
    fill(data);
  }

  static FunctionData of(ReportData data) {
    return new FunctionData(data);
  }

  /** How many functions are in it. */
  int rows() {
    return count;
  }

  private void fill(ReportData data) {
    rows.begin('[');
    lives.begin('{');
    List<FunctionRow> inOrder =
        data.functions().stream()
            .sorted(
                Comparator.comparing(FunctionData::needsSomebody)
                    .thenComparing(FunctionRow::id)
                    .reversed())
            .toList();
    for (FunctionRow row : inOrder) {
      if (rows.length() + textLength > Limits.TABLE_LENGTH) {
        break;
      }
      row(row);
      count++;
      FunctionLife life = data.lives().get(row.id());
      if (life != null && lives.length() < Limits.LIVES_LENGTH) {
        life(life);
      }
    }
    rows.end(']');
    lives.end('}');
  }

  private static boolean needsSomebody(FunctionRow row) {
    return row.state() == FunctionState.QUARANTINED || row.state().isUnfinished();
  }

  private void row(FunctionRow row) {
    rows.begin('[').number(row.id()).number(row.state().ordinal());
    rows.number(text(row.name(), Limits.ARGUMENTS_TEXT));
    rows.number(text(row.job(), Limits.ARGUMENTS_TEXT)).number(row.jobId());
    rows.number(row.ownerId()).number(row.ownerPid());
    rows.number(row.attempts()).number(row.maxAttempts());
    rows.number(row.claimNo()).number(row.orphaned() ? 1 : 0);
    time(rows, row.registeredAt());
    time(rows, row.finishedAt());
    time(rows, row.notBefore());
    AttemptRow last = lastAttempts.get(row.id());
    time(rows, last == null ? null : last.startedAt());
    time(rows, last == null ? null : last.finishedAt());
    rows.number(text(row.function(), Limits.ERROR_TEXT));
    rows.number(text(row.module(), Limits.ARGUMENTS_TEXT));
    rows.number(text(row.arguments(), Limits.ARGUMENTS_TEXT));
    rows.number(text(row.lastError(), Limits.ERROR_TEXT));
    rows.end(']');
  }

  private void life(FunctionLife life) {
    lives.name(Long.toString(life.row().id())).begin('[').begin('[');
    life.attempts().forEach(this::attempt);
    lives.end(']').begin('[');
    life.claims().forEach(this::claim);
    lives.end(']').begin('[');
    life.actions().forEach(this::action);
    lives.end(']').end(']');
  }

  private void attempt(AttemptRow attempt) {
    AttemptOutcome outcome = attempt.outcome();
    lives.begin('[').number(attempt.number()).number(attempt.ownerId());
    time(lives, attempt.startedAt());
    time(lives, attempt.finishedAt());
    lives.string(outcome == null ? "not answered" : Outcomes.text(outcome));
    string(attempt.error(), Limits.STACK_TEXT);
    string(attempt.output(), Limits.ERROR_TEXT);
    lives.end(']');
  }

  private void claim(ClaimRow claim) {
    lives.begin('[').number(claim.fromOwner()).number(claim.toOwner());
    time(lives, claim.claimedAt());
    string(claim.evidence(), Limits.ERROR_TEXT);
    lives.end(']');
  }

  private void action(OperatorActionRow action) {
    lives.begin('[');
    time(lives, action.actedAt());
    string(action.osUser(), Limits.ARGUMENTS_TEXT);
    string(action.action(), Limits.ARGUMENTS_TEXT);
    string(action.reason(), Limits.ERROR_TEXT);
    lives.end(']');
  }

  private void string(@Nullable String value, int most) {
    if (value == null) {
      lives.nothing();
    } else {
      lives.string(Visible.bounded(value, most));
    }
  }

  private void time(Json json, @Nullable Instant instant) {
    if (instant == null) {
      json.nothing();
    } else {
      json.number(instant.toEpochMilli() - base);
    }
  }

  /** The same text is written once. */
  private int text(@Nullable String value, int most) {
    if (value == null) {
      return -1;
    }
    String shown = Visible.bounded(value, most);
    Integer known = texts.get(shown);
    if (known != null) {
      return known;
    }
    textLength += new Json().string(shown).length() + 1;
    texts.put(shown, texts.size());
    return texts.size() - 1;
  }

  private static Json states() {
    Json states = new Json().begin('[');
    for (FunctionState state : FunctionState.values()) {
      states.begin('[').string(States.text(state)).string(States.sign(state));
      states.string(States.style(state)).number(state.isUnfinished() ? 1 : 0);
      states.number(state == FunctionState.DONE ? 1 : 0).end(']');
    }
    return states.end(']');
  }

  /** The whole, for a script element. */
  String json() {
    Json list = new Json().begin('[');
    texts.keySet().forEach(list::string);
    list.end(']');
    return "{\"base\":%d,\"states\":%s,\"texts\":%s,\"rows\":%s,\"lives\":%s}"
        .formatted(base, states(), list, rows, lives);
  }
}
