package dev.lastly.internal.audit;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionRow;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Turns rows into columns. The names are those of the schema; times are texts as in its views.
 * Stateless.
 */
final class Fields {
  static final List<String> FUNCTION =
      List.of(
          ("id name state job_id job owner_id owner_pid owner_boot_id orphaned claim_no claim_id"
                  + " function class_digest module arguments attempts max_attempts not_before"
                  + " last_error registered_at finished_at command unresolvable options")
              .split(" "));

  static final List<String> ATTEMPT =
      List.of("number owner_id started_at finished_at outcome error output".split(" "));

  static final List<String> EVENT =
      List.of("id at kind function_id job_id owner_id attempt outcome subject detail".split(" "));

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private Fields() {}

  /**
   * A value as text.
   *
   * @param text the text; null if there is no value
   * @param kind how to write it as JSON
   */
  record Value(@Nullable String text, Kind kind) {}

  /** The kind of a value. */
  enum Kind {
    /** A text. */
    TEXT,
    /** A number or a boolean. */
    LITERAL,
    /** JSON. */
    JSON
  }

  static List<Value> of(FunctionRow f) {
    return List.of(
        literal(f.id()),
        text(f.name()),
        text(f.state().columnValue()),
        literal(f.jobId()),
        text(f.job()),
        literal(f.ownerId()),
        literal(f.ownerPid()),
        text(f.ownerBootId()),
        literal(f.orphaned()),
        literal(f.claimNo()),
        literal(f.claimId()),
        text(f.function()),
        text(f.classDigest()),
        text(f.module()),
        new Value(f.arguments(), Kind.JSON),
        literal(f.attempts()),
        literal(f.maxAttempts()),
        time(f.notBefore()),
        text(f.lastError()),
        time(f.registeredAt()),
        time(f.finishedAt()),
        text(f.command()),
        text(f.unresolvable()),
        new Value(f.options(), Kind.JSON));
  }

  static List<Value> of(AttemptRow a) {
    return List.of(
        literal(a.number()),
        literal(a.ownerId()),
        time(a.startedAt()),
        time(a.finishedAt()),
        outcome(a.outcome()),
        text(a.error()),
        text(a.output()));
  }

  static List<Value> of(Event e) {
    return List.of(
        text(e.id()),
        time(e.at()),
        text(e.kind().columnValue()),
        literal(e.functionId()),
        literal(e.jobId()),
        literal(e.ownerId()),
        literal(e.attempt()),
        outcome(e.outcome()),
        text(e.subject()),
        text(e.detail()));
  }

  private static Value text(@Nullable String text) {
    return new Value(text, Kind.TEXT);
  }

  private static Value literal(@Nullable Object value) {
    return new Value(value == null ? null : value.toString(), Kind.LITERAL);
  }

  private static Value time(@Nullable Instant time) {
    return text(time == null ? null : TIME.format(time));
  }

  private static Value outcome(@Nullable AttemptOutcome outcome) {
    return text(outcome == null ? null : outcome.columnValue());
  }
}
