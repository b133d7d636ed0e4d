package dev.lastly.report;

import dev.lastly.internal.text.JsonWriter;
import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.util.ArrayList;
import java.util.Collections;
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
  private final Map<Object, ReportAttempt> lastAttempts = new HashMap<>();
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
                .mapToLong(row -> Units.millis(row.course().registered()))
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
    List<ReportFunction> inOrder = new ArrayList<>(data.functions());
    Collections.reverse(inOrder);
    inOrder.sort(Comparator.comparing(row -> !row.isOpen())); // those of each kind stay in order
    for (ReportFunction row : inOrder) {
      if (rows.length() + texts.length() > Limits.TABLE_LENGTH) {
        return;
      }
      add(row);
      ReportLife life = data.lives().get(row.id());
      if (life != null) {
        lives.add(life);
      }
    }
  }

  /** Adds the columns in the order of the script's constants. */
  private void add(ReportFunction row) {
    ReportFunction.Call call = row.call();
    ReportFunction.Holder holder = row.holder();
    ReportFunction.Course course = row.course();
    count++;
    rows.begin('[');
    id(row.id());
    rows.number(States.number(row.state()));
    String command = call.command();
    rows.number(texts.number(command == null ? call.name() : command, Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(row.job().name(), Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(Units.id(row.job().id()), Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(Units.id(holder.id()), Limits.ARGUMENTS_TEXT)).number(holder.pid());
    rows.number(course.attempts()).number(course.most());
    rows.number(holder.claims()).number(holder.orphan() ? 1 : 0);
    rows.number(Units.since(course.registered(), base))
        .number(Units.since(course.finished(), base))
        .number(Units.since(course.due(), base));
    ReportAttempt last = lastAttempts.get(row.id());
    rows.number(Units.since(last == null ? null : last.startedAt(), base));
    rows.number(Units.since(last == null ? null : last.finishedAt(), base));
    rows.number(texts.number(call.function(), Limits.ERROR_TEXT));
    rows.number(texts.number(call.module(), Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(call.arguments(), Limits.ARGUMENTS_TEXT));
    rows.number(texts.number(course.lastError(), Limits.ERROR_TEXT));
    WaitingReason waiting = row.waiting();
    boolean isError = row.state() == FunctionState.QUARANTINED; // which the last error says
    rows.number(
        texts.number(waiting == null || isError ? null : waiting.why(), Limits.REASON_TEXT));
    rows.number(texts.number(waiting == null ? null : waiting.toDo(), Limits.REASON_TEXT));
    rows.number(course.refused() ? 1 : 0);
    rows.number(texts.number(holder.host(), Limits.ARGUMENTS_TEXT));
    rows.end(']');
  }

  private void id(Object id) {
    if (id instanceof Number number) {
      rows.number(number);
    } else {
      rows.text(id.toString());
    }
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
