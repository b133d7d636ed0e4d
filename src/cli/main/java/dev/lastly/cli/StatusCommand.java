package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Terminal;
import dev.lastly.cli.view.Advice;
import dev.lastly.cli.view.Concern;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows the state of the node. */
@Command(
    name = "status",
    description = {
      "Show how many functions and owners are in each state, and the size of the database.",
      "For monitoring: exits with 1 if a function is quarantined; if an orphan waits for longer"
          + " than --orphan-age, has no worker that could run it, or is unresolvable for a process"
          + " that tried; if it is unknown whether an owner is alive; if a function was done for an"
          + " owner that is only presumed dead; or if the write-ahead log is large."
    })
final class StatusCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Option(names = "--watch", description = "Continue, and show the state again when it changes.")
  private boolean watch;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      defaultValue = "1s",
      converter = TimeConverter.class,
      description = "With --watch: how often to look. Default: ${DEFAULT-VALUE}.")
  private Duration interval = Duration.ofSeconds(1);

  @Option(
      names = "--orphan-age",
      paramLabel = "TIME",
      defaultValue = "60s",
      converter = TimeConverter.class,
      description =
          "How long an orphan may wait before the status is 1. Default: ${DEFAULT-VALUE}.")
  private Duration orphanAge = Duration.ofSeconds(60);

  StatusCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (lastly.isFleet()) {
      if (watch) {
        lastly.fleet().status().watch(orphanAge, interval);
        return ExitStatus.FINE;
      }
      return lastly.fleet().status().show(orphanAge) ? ExitStatus.FINE : ExitStatus.LOOK;
    }
    StateOpener opening = new StateOpener(lastly);
    try (Inspector inspector =
        watch ? opening.inspectorToFollow("leave out --watch") : opening.inspector()) {
      if (!watch) {
        return show(inspector, inspector.status());
      }
      Status last = inspector.status();
      show(inspector, last);
      while (!lastly.terminal().isClosed()) {
        Thread.sleep(Math.max(10, interval.toMillis()));
        Status now = inspector.status();
        if (!now.equals(last)) {
          show(inspector, now);
          last = now;
        }
      }
      return ExitStatus.FINE;
    }
  }

  private int show(Inspector inspector, Status status) {
    Instant now = Instant.now();
    List<Concern> concerns = Health.concerns(status, now, orphanAge);
    if (lastly.json()) {
      lastly.print(json(inspector, status, now, concerns));
    } else {
      print(inspector, status, now, concerns);
    }
    return concerns.isEmpty() ? ExitStatus.FINE : ExitStatus.LOOK;
  }

  private static JsonObject json(
      Inspector inspector, Status status, Instant now, List<Concern> concerns) {
    Map<FunctionState, Long> functions = new LinkedHashMap<>();
    for (FunctionState state : FunctionState.ofANode()) {
      functions.put(state, status.count(state));
    }
    return new JsonObject()
        .put("at", now)
        .put("database", inspector.database())
        .put("ok", concerns.isEmpty())
        .put("concerns", concerns.stream().map(Concern::code).toList())
        .put("functions", functions)
        .put("owners", owners(status))
        .put("orphans", status.orphans())
        .put("oldest_orphan", status.oldestOrphan())
        .put("unresolvable", status.unresolvable())
        .put("unresolvable_reasons", status.unresolvableReasons())
        .put("waiting", Advice.json(status.waiting()))
        .put("guardian", guardian(status.guardian()))
        .put("pruned_functions", status.prunedFunctions())
        .put("database_bytes", status.databaseBytes())
        .put("wal_bytes", status.walBytes())
        .put("schema_version", status.schemaVersion())
        .put("sqlite_version", status.sqliteVersion());
  }

  private static JsonObject owners(Status status) {
    return new JsonObject()
        .put("alive", status.ownersAlive())
        .put("dead", status.ownersDead())
        .put("unknown", status.ownersUnknown())
        .put("ended", status.ownersEnded());
  }

  private static JsonObject guardian(Status.GuardianSight guardian) {
    return new JsonObject()
        .put("running", guardian.running())
        .put("pid", guardian.pid())
        .put("news", guardian.news());
  }

  private void print(Inspector inspector, Status status, Instant now, List<Concern> concerns) {
    Terminal terminal = lastly.terminal();
    if (watch && terminal.isTerminal()) {
      terminal.clear();
    }
    terminal.print(Style.PLAIN, "database   " + inspector.database());
    terminal.print(
        Style.PLAIN,
        String.format(
            Locale.ROOT,
            "           %s, log %s, schema %d, SQLite %s",
            Amounts.bytes(status.databaseBytes()),
            Amounts.bytes(status.walBytes()),
            status.schemaVersion(),
            status.sqliteVersion()));
    terminal.print(Style.PLAIN, "functions  " + functions(status));
    terminal.print(
        Style.PLAIN,
        String.format(
            Locale.ROOT,
            "owners     %d alive, %d dead, %d unknown, %d ended",
            status.ownersAlive(),
            status.ownersDead(),
            status.ownersUnknown(),
            status.ownersEnded()));
    terminal.print(
        Style.PLAIN,
        "orphans    "
            + Advice.orphans(status.orphans(), status.oldestOrphan(), status.unresolvable(), now));
    terminal.print(Style.PLAIN, "guardian   " + inWords(status.guardian()));
    for (Concern concern : concerns) {
      terminal.print(Style.WARNING, "look       " + concern.text());
    }
    terminal.out().flush();
  }

  private static String functions(Status status) {
    Stream<String> counts =
        FunctionState.ofANode().stream()
            .filter(state -> status.count(state) > 0)
            .map(state -> Amounts.count(status.count(state)) + " " + state.columnValue());
    Stream<String> pruned =
        status.prunedFunctions() == 0
            ? Stream.of()
            : Stream.of(Amounts.count(status.prunedFunctions()) + " pruned");
    String all = Stream.concat(counts, pruned).collect(Collectors.joining(", "));
    return all.isEmpty() ? "none" : all;
  }

  private static String inWords(Status.GuardianSight guardian) {
    Long pid = guardian.pid();
    String news = guardian.news();
    String who =
        !guardian.running()
            ? "none"
            : pid == null ? "runs in another pid namespace" : "runs: " + pid;
    return news == null ? who : who + "; last heard: " + news;
  }
}
