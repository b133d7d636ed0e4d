package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Terminal;
import dev.lastly.cli.output.Times;
import dev.lastly.cli.view.Advice;
import dev.lastly.cli.view.Biography;
import dev.lastly.cli.view.StateStyle;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorActionRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows one function. */
@Command(
    name = "show",
    description = "Show one function with all its attempts, claims and operator's acts.")
final class ShowCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Parameters(
      paramLabel = "ID",
      converter = RowId.Converter.class,
      description = "The function to show.")
  private RowId id = RowId.NONE;

  ShowCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    if (lastly.isFleet()) {
      lastly.fleet().show(id.uuid());
      return ExitStatus.FINE;
    }
    try (Inspector inspector = new StateOpener(lastly).inspector()) {
      FunctionLife life =
          inspector
              .function(id.number())
              .orElseThrow(
                  () ->
                      CommandException.look(
                          String.format(
                              Locale.ROOT,
                              "there is no function %s; it may have been pruned. 'lastly list"
                                  + " --all' shows those that exist",
                              id)));
      if (lastly.json()) {
        lastly.print(JsonRows.of(life));
      } else {
        Terminal terminal = lastly.terminal();
        terminal.print(StateStyle.of(life.row().state()), title(life.row()));
        facts(life.row()).forEach(line -> terminal.print(Style.PLAIN, line));
        terminal.out().println();
        history(life).forEach(line -> terminal.print(line.style(), line.text()));
      }
      return ExitStatus.FINE;
    }
  }

  private static String title(FunctionRow row) {
    return String.format(
        Locale.ROOT,
        "function %d: %s, %s",
        row.id(),
        row.name(),
        row.state().columnValue().replace('_', ' '));
  }

  private static List<String> facts(FunctionRow row) {
    List<String> facts = new ArrayList<>();
    facts.add(String.format(Locale.ROOT, "job        %d  %s", row.jobId(), row.job()));
    facts.add(
        String.format(
            Locale.ROOT,
            "owner      %d%s  process %d of boot %s",
            row.ownerId(),
            row.orphaned() ? " (gone)" : "",
            row.ownerPid(),
            row.ownerBootId()));
    if (row.command() != null) {
      facts.add("command    " + row.command());
    }
    facts.add("calls      " + row.function());
    facts.add("with       " + row.arguments());
    facts.add("from       " + row.module());
    if (row.options() != null) {
      facts.add("options    " + row.options());
    }
    facts.add(String.format(Locale.ROOT, "attempts   %d of %d", row.attempts(), row.maxAttempts()));
    if (row.notBefore() != null) {
      facts.add("due        " + Times.local(row.notBefore()));
    }
    String unresolvable = row.unresolvable();
    if (unresolvable != null) {
      facts.add("waiting    " + WaitingText.of(row, unresolvable));
      facts.add("to do      " + Advice.UNRESOLVABLE.replace("ID", Long.toString(row.id())));
    }
    return facts;
  }

  static List<Biography.Line> history(FunctionLife life) {
    FunctionRow row = life.row();
    Biography biography = new Biography(row.registeredAt());
    for (ClaimRow claim : life.claims()) {
      biography.claim(
          claim.claimedAt(), claim.fromOwner(), claim.toOwner(), claim.verdict(), claim.evidence());
    }
    for (AttemptRow attempt : life.attempts()) {
      biography.attempt(
          attempt.number(),
          attempt.ownerId(),
          attempt.startedAt(),
          attempt.finishedAt(),
          attempt.outcome(),
          attempt.error(),
          attempt.output());
    }
    for (OperatorActionRow act : life.actions()) {
      biography.act(act.actedAt(), act.action(), act.osUser(), act.reason());
    }
    if (row.finishedAt() != null && row.state() == FunctionState.CANCELLED) {
      biography.cancelled(row.finishedAt());
    }
    return biography.lines();
  }
}
