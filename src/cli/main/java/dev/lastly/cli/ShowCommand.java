package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Terminal;
import dev.lastly.model.FunctionLife;
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

  @Parameters(paramLabel = "ID", description = "The function to show.")
  private long id;

  ShowCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    try (Inspector inspector = new StateOpener(lastly).inspector()) {
      FunctionLife life =
          inspector
              .function(id)
              .orElseThrow(
                  () ->
                      CommandException.look(
                          String.format(
                              Locale.ROOT,
                              "there is no function %d; it may have been pruned. 'lastly list"
                                  + " --all' shows those that exist",
                              id)));
      if (lastly.json()) {
        lastly.print(JsonRows.of(life));
      } else {
        Terminal terminal = lastly.terminal();
        Style style = ListCommand.style(life.row().state());
        terminal.print(style, Biography.title(life.row()));
        Biography.facts(life.row()).forEach(line -> terminal.print(Style.PLAIN, line));
        terminal.out().println();
        Biography.of(life).lines().forEach(line -> terminal.print(line.style(), line.text()));
      }
      return ExitStatus.FINE;
    }
  }
}
