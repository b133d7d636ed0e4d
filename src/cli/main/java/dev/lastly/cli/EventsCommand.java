package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Cells;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Times;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints events. */
@Command(
    name = "events",
    description = {
      "Show what happened, oldest event first.",
      "Without --after: the last 20 events. With --after ID: all events after that one; with 0, all"
          + " events."
    })
final class EventsCommand implements Callable<Integer> {
  private static final int PAGE = 500;
  private static final int LAST = 20;

  private static final int MOST_COMMANDS = 1_000;

  private final Lastly lastly;
  private final Map<Long, String> commands = new HashMap<>();

  @Option(
      names = "--after",
      paramLabel = "ID",
      description = "Begin after this event; 0 to begin with the first.")
  private @Nullable String after;

  @Option(names = "--limit", paramLabel = "N", description = "Show at most N events.")
  private long limit = Long.MAX_VALUE;

  @Option(names = "--follow", description = "Wait for new events and show them.")
  private boolean follow;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      defaultValue = "200ms",
      converter = TimeConverter.class,
      description = "With --follow: how often to look. Default: ${DEFAULT-VALUE}.")
  private Duration interval = Duration.ofMillis(200);

  EventsCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (lastly.isFleet()) {
      lastly.fleet().events().show(transaction(), limit, follow, interval);
      return ExitStatus.FINE;
    }
    StateOpener opening = new StateOpener(lastly);
    try (Inspector inspector =
        follow ? opening.inspectorToFollow("leave out --follow") : opening.inspector()) {
      String last = Event.BEGINNING;
      long left = limit;
      if (after != null) {
        last = after;
      } else {
        List<Event> tail = inspector.lastEvents((int) Math.min(LAST, limit));
        tail.forEach(event -> show(event, inspector));
        last = tail.isEmpty() ? last : tail.get(tail.size() - 1).id();
        left = follow ? limit - tail.size() : 0;
      }
      while (left > 0 && !lastly.terminal().isClosed()) {
        List<Event> page = inspector.events(last, (int) Math.min(PAGE, left));
        if (page.isEmpty() && !follow) {
          break;
        }
        page.forEach(event -> show(event, inspector));
        left -= page.size();
        last = page.isEmpty() ? last : page.get(page.size() - 1).id();
        if (page.isEmpty()) {
          awaitNews(inspector, last);
        }
      }
    }
    return ExitStatus.FINE;
  }

  /** In a fleet, the id of an event is the number of its transaction. */
  private @Nullable Long transaction() {
    return after == null ? null : new RowId(after).transaction();
  }

  private void awaitNews(Inspector inspector, String last) throws InterruptedException {
    do {
      Thread.sleep(Math.max(10, interval.toMillis()));
    } while (inspector.events(last, 1).isEmpty() && !lastly.terminal().isClosed());
  }

  private void show(Event event, Inspector inspector) {
    if (lastly.json()) {
      lastly.print(JsonRows.of(event).put("command", command(event, inspector)));
    } else {
      String command = command(event, inspector);
      String subject = command == null ? event.subject() : command;
      lastly.terminal().print(style(event.kind()), line(event, subject));
    }
  }

  /** Cached: the events of a function come close together, and its command never changes. */
  private @Nullable String command(Event event, Inspector inspector) {
    Long id = event.functionId();
    if (id == null || !event.subject().startsWith("Commands::run")) {
      return null;
    }
    if (commands.size() >= MOST_COMMANDS) {
      commands.clear();
    }
    String command =
        commands.computeIfAbsent(
            id,
            any ->
                inspector.functions(FunctionFilter.all(), id - 1, 1).stream()
                    .filter(row -> row.id() == id)
                    .map(FunctionRow::command)
                    .map(found -> found == null ? "" : found)
                    .findFirst()
                    .orElse(""));
    return command.isEmpty() ? null : command;
  }

  private static String line(Event event, String subject) {
    StringBuilder line = new StringBuilder();
    line.append(Cells.pad(event.id(), 12, false)).append("  ");
    line.append(Times.local(event.at())).append("  ");
    line.append(Cells.pad(event.kind().columnValue(), 12, false));
    about(line, "function", event.functionId());
    about(line, "attempt", event.attempt());
    about(line, "owner", event.ownerId());
    about(line, "job", event.jobId());
    String detail = event.detail();
    line.append(subject.isEmpty() ? "" : "  " + subject);
    return line.append(detail == null ? "" : ": " + detail).toString();
  }

  private static void about(StringBuilder line, String what, @Nullable Number number) {
    if (number != null) {
      line.append("  ").append(what).append(' ').append(number);
    }
  }

  private static Style style(Event.Kind kind) {
    return switch (kind) {
      case FAILED, CLAIMED, RELEASED, OPERATOR -> Style.WARNING;
      case QUARANTINED -> Style.BAD;
      default -> Style.PLAIN;
    };
  }
}
