package dev.lastly.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Discards functions. */
@Command(
    name = "discard",
    description = {
      "Discard quarantined functions: they never run again.",
      "The database records the user and the reason. Exits with 1 if a function was refused."
    })
final class DiscardCommand implements Callable<Integer> {
  @Mixin private final OperatorCommand common;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for the record.")
  private String reason = "";

  @Parameters(
      arity = "1..*",
      paramLabel = "ID",
      converter = RowId.Converter.class,
      description = "The functions to discard.")
  private List<RowId> ids = new ArrayList<>();

  DiscardCommand(Lastly lastly) {
    this.common = new OperatorCommand(lastly);
  }

  @Override
  public Integer call() {
    return common.run(
        ids,
        (operator, id) -> operator.discard(id, reason),
        (operator, id) -> operator.discard(id, reason));
  }
}
