package dev.lastly.cli.view;

import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.TextTable;
import dev.lastly.cli.output.Times;
import dev.lastly.model.FunctionState;
import dev.lastly.model.WaitingReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A function as the commands show it, of a node or of a fleet: ids are numbers or UUIDs. Immutable.
 *
 * @param subject which function it is
 * @param owner who has it
 * @param call what it calls
 * @param course how far it has come
 * @param unresolvable why some process could not run it, or null
 * @param waiting why it is not finished, and what helps; or null
 * @param inFleet what only a function of a fleet has; null on a node
 */
public record ShownFunction(
    Subject subject,
    Owner owner,
    Call call,
    Course course,
    @Nullable String unresolvable,
    @Nullable WaitingReason waiting,
    @Nullable InFleet inFleet) {
  /**
   * Which function it is.
   *
   * @param id its id
   * @param name its name
   * @param summary its name or command, in a line
   * @param state its state
   * @param jobId its job
   * @param job the job's name
   */
  public record Subject(
      Object id, String name, String summary, FunctionState state, Object jobId, String job) {}

  /**
   * Who has it.
   *
   * @param id the owner
   * @param pid its process
   * @param bootId the boot of that process
   * @param orphaned whether the owner has ended and the function is unfinished
   * @param claimNo how often the function has changed its owner
   * @param claim the last claim, or null
   */
  public record Owner(
      Object id, long pid, String bootId, boolean orphaned, long claimNo, @Nullable Object claim) {}

  /**
   * What it calls.
   *
   * @param function the method
   * @param classDigest of its class, or null
   * @param module from where the class came
   * @param arguments in JSON
   * @param options in JSON, or null
   * @param command the command line that it runs, or null
   */
  public record Call(
      String function,
      @Nullable String classDigest,
      String module,
      String arguments,
      @Nullable String options,
      @Nullable String command) {}

  /**
   * How far it has come.
   *
   * @param attempts how many were begun
   * @param maxAttempts how many it may have
   * @param due when the next one is due, or null
   * @param lastError the last error, or null
   * @param registered when it was registered
   * @param finished when it was finished, or null
   */
  public record Course(
      int attempts,
      int maxAttempts,
      @Nullable Instant due,
      @Nullable String lastError,
      Instant registered,
      @Nullable Instant finished) {}

  /**
   * What only a function of a fleet has.
   *
   * @param host of its owner
   * @param presumedOwner the owner that is only presumed dead and left it, or null
   */
  public record InFleet(String host, @Nullable Object presumedOwner) {}

  /**
   * As JSON. The members are called like the columns of the database, and documented in {@code
   * docs/cli.md}: programs read them, so none is renamed or removed.
   *
   * @return a new object
   */
  public JsonObject json() {
    JsonObject json =
        new JsonObject()
            .put("id", subject.id())
            .put("name", subject.name())
            .put("state", subject.state())
            .put("job_id", subject.jobId())
            .put("job", subject.job())
            .put("owner_id", owner.id())
            .put("owner_pid", owner.pid())
            .put("owner_boot_id", owner.bootId())
            .put("orphaned", owner.orphaned())
            .put("claim_no", owner.claimNo())
            .put("claim_id", owner.claim())
            .put("function", call.function())
            .put("class_digest", call.classDigest())
            .put("module", call.module())
            .putRaw("arguments", call.arguments())
            .put("attempts", course.attempts())
            .put("max_attempts", course.maxAttempts())
            .put("not_before", course.due())
            .put("last_error", course.lastError())
            .put("registered_at", course.registered())
            .put("finished_at", course.finished())
            .put("command", call.command())
            .put("unresolvable", unresolvable)
            .put("waiting", waiting == null ? null : Advice.json(waiting))
            .putRaw("options", call.options() == null ? "null" : call.options());
    return inFleet == null
        ? json
        : json.put("host", inFleet.host()).put("presumed_owner", inFleet.presumedOwner());
  }

  /**
   * Functions as a table.
   *
   * @param id the heading of their ids
   * @param functions which
   * @param now the time
   * @return the table
   */
  public static TextTable table(String id, List<ShownFunction> functions, Instant now) {
    TextTable table =
        TextTable.of(id, "STATE", "~NAME", "~JOB", "OWNER", ">TRIES", ">AGE", "~NOTE");
    functions.forEach(function -> function.addTo(table, now));
    return table;
  }

  private void addTo(TextTable table, Instant now) {
    table.addStyled(
        unresolvable == null ? StateStyle.of(subject.state()) : Style.WARNING,
        1,
        subject.id(),
        subject.state().columnValue() + (unresolvable == null ? "" : " !"),
        subject.summary(),
        subject.job(),
        owner.id() + (owner.orphaned() ? " gone" : ""),
        course.attempts() + "/" + course.maxAttempts(),
        Times.about(Duration.between(course.registered(), now)),
        Advice.note(reason(), due(), now));
  }

  /** What a list says of it. */
  private @Nullable String reason() {
    return waiting != null && Advice.isForLists(waiting) ? waiting.why() : course.lastError();
  }

  /** When it is due; null if that is not what it waits for. */
  private @Nullable Instant due() {
    return waiting != null && waiting.cause() == WaitingReason.Cause.UNRESOLVABLE
        ? null
        : course.due();
  }

  /**
   * Which function it is, and its state.
   *
   * @return one line
   */
  public String title() {
    return String.format(
        Locale.ROOT,
        "function %s: %s, %s",
        subject.id(),
        subject.name(),
        subject.state().columnValue().replace('_', ' '));
  }

  /**
   * All there is to say of it, but for its history.
   *
   * @return lines with a word before each
   */
  public List<String> facts() {
    List<String> facts = new ArrayList<>();
    facts.add("job        " + subject.jobId() + "  " + subject.job());
    facts.add(
        String.format(
            Locale.ROOT,
            "owner      %s%s  process %d of boot %s%s",
            owner.id(),
            owner.orphaned() ? " (gone)" : "",
            owner.pid(),
            owner.bootId(),
            inFleet == null ? "" : " on " + inFleet.host()));
    if (inFleet != null && inFleet.presumedOwner() != null) {
      facts.add("presumed   " + inFleet.presumedOwner() + " is dead, which is not proven");
    }
    if (call.command() != null) {
      facts.add("command    " + call.command());
    }
    facts.add("calls      " + call.function());
    facts.add("with       " + call.arguments());
    facts.add("from       " + call.module());
    if (call.options() != null) {
      facts.add("options    " + call.options());
    }
    facts.add(
        String.format(Locale.ROOT, "attempts   %d of %d", course.attempts(), course.maxAttempts()));
    if (course.due() != null) {
      facts.add("due        " + Times.local(course.due()));
    }
    if (waiting != null) {
      facts.add("waiting    " + waiting.why());
      if (waiting.toDo() != null) {
        facts.add("to do      " + waiting.toDo());
      }
    }
    return facts;
  }
}
