package dev.lastly.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Quarantines orphans. */
@Command(
    name = "quarantine",
    description = {
      "Quarantine orphans that no process can run any more: they wait for an operator.",
      "Use it for an orphan whose code, or something that it names, no longer exists ('lastly show"
          + " ID' says why it waits). After that 'lastly discard' ends it, or 'lastly retry' makes"
          + " it an orphan again. The database records the user and the reason. Exits with 1 if a"
          + " function was refused."
    })
final class QuarantineCommand implements Callable<Integer> {
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
      description = "The functions to quarantine.")
  private List<RowId> ids = new ArrayList<>();

  QuarantineCommand(Lastly lastly) {
    this.common = new OperatorCommand(lastly);
  }

  @Override
  public Integer call() {
    return common.run(
        ids,
        (operator, id) -> operator.quarantine(id, reason),
        (operator, id) -> operator.quarantine(id, reason));
  }
}
