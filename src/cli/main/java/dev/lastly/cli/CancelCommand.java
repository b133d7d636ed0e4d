package dev.lastly.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Cancels functions. */
@Command(
    name = "cancel",
    description = {
      "Cancel functions that have not begun: they never run.",
      "The database records the user and the reason. Exits with 1 if a function was refused."
    })
final class CancelCommand implements Callable<Integer> {
  @Mixin private final OperatorCommand common;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "not needed",
      description = "Why, for the record. Default: ${DEFAULT-VALUE}.")
  private String reason = "not needed";

  @Parameters(
      arity = "1..*",
      paramLabel = "ID",
      converter = RowId.Converter.class,
      description = "The functions to cancel.")
  private List<RowId> ids = new ArrayList<>();

  CancelCommand(Lastly lastly) {
    this.common = new OperatorCommand(lastly);
  }

  @Override
  public Integer call() {
    return common.run(
        ids,
        (operator, id) -> operator.cancel(id, reason),
        (operator, id) -> operator.cancel(id, reason));
  }
}
