package dev.lastly.report;

import dev.lastly.internal.text.JsonWriter;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The table of functions as data for the page's script: numbers, and indexes into a list of texts.
 * Times are milliseconds since the first registration. Unfinished and quarantined functions come
 * first, then the newest. The table ends at its size limit.
 */
final class FunctionData {
  private final Texts texts = new Texts();
  private final JsonWriter rows = JsonWriter.forScripts().begin('[');
  private final Map<Long, AttemptRow> lastAttempts = new HashMap<>();
  private final long base;
  private final LifeData lives;
  private int count;

  private FunctionData(long base) {
    this.base = base;
    this.lives = new LifeData(base);
  }

  static FunctionData of(ReportData data) {
    FunctionData table =
        new FunctionData(
            data.functions().stream()
                .mapToLong(row -> Units.millis(row.registeredAt()))
                .min()
                .orElse(0));
    data.attempts().forEach(attempt -> table.lastAttempts.put(attempt.functionId(), attempt));
    table.fill(data);
    return table;
  }

  /** How many functions the table has. */
  int rows() {
    return count;
  }

  private void fill(ReportData data) {
    List<FunctionRow> inOrder =
        data.functions().stream()
            .sorted(
                Comparator.comparing(FunctionData::needsOperator)
                    .thenComparing(FunctionRow::id)
                    .reversed())
            .toList();
    for (FunctionRow row : inOrder) {
      if (rows.length() + texts.length() > Limits.TABLE_LENGTH) {
        return;
      }
      add(row);
      FunctionLife life = data.lives().get(row.id());
      if (life != null) {
        lives.add(life);
      }
    }
  }

  private static boolean needsOperator(FunctionRow row) {
    return row.state() == FunctionState.QUARANTINED || row.state().isUnfinished();
  }

  /** Adds the columns in the order of the script's constants. */
  private void add(FunctionRow row) {
    count++;
    rows.begin('[').number(row.id()).number(States.number(row.state()));
    String command = row.command();
    rows.number(texts.number(command == null ? row.name() : command, Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(row.job(), Limits.ARGUMENTS_TEXT)).number(row.jobId());
    rows.number(row.ownerId()).number(row.ownerPid());
    rows.number(row.attempts()).number(row.maxAttempts());
    rows.number(row.claimNo()).number(row.orphaned() ? 1 : 0);
    rows.number(Units.since(row.registeredAt(), base))
        .number(Units.since(row.finishedAt(), base))
        .number(Units.since(row.notBefore(), base));
    AttemptRow last = lastAttempts.get(row.id());
    rows.number(Units.since(last == null ? null : last.startedAt(), base));
    rows.number(Units.since(last == null ? null : last.finishedAt(), base));
    rows.number(texts.number(row.function(), Limits.ERROR_TEXT));
    rows.number(texts.number(row.module(), Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(row.arguments(), Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(row.lastError(), Limits.ERROR_TEXT));
    WaitingReason waiting = row.state() == FunctionState.QUARANTINED ? null : row.waiting();
    rows.number(texts.number(waiting == null ? null : waiting.why(), Limits.REASON_TEXT));
    rows.number(texts.number(waiting == null ? null : waiting.toDo(), Limits.REASON_TEXT));
    rows.number(row.unresolvable() == null ? 0 : 1);
    rows.end(']');
  }

  /** The data, for a script element. */
  String json() {
    return String.format(
        Locale.ROOT,
        "{\"base\":%d,\"states\":%s,\"texts\":%s,\"rows\":%s,\"lives\":%s}",
        base,
        states(),
        texts.list(),
        rows.end(']'),
        lives.json());
  }

  private static JsonWriter states() {
    JsonWriter states = JsonWriter.forScripts().begin('[');
    for (FunctionState state : States.ORDER) {
      states.begin('[').text(States.text(state)).text(States.sign(state));
      states.text(States.style(state)).number(state.isUnfinished() ? 1 : 0);
      states.number(state == FunctionState.DONE ? 1 : 0).end(']');
    }
    return states.end(']');
  }
}
