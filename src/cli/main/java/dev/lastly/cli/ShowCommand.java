package dev.lastly.cli;

import dev.lastly.Inspector;
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
      lastly.fleet().functions().show(id.uuid());
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
      NodeRows.shown(life).print(lastly.terminal(), lastly.json());
      return ExitStatus.FINE;
    }
  }
}
