package dev.lastly.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sets orphans aside. */
@Command(
    name = "quarantine",
    description = {
      "Set orphans aside that no process can run any more: they wait for a person.",
      "For an unfinished function whose owner has ended and whose code, or what it names, is gone"
          + " for good ('lastly show' says why it waits). Then 'lastly discard' gives it up, and"
          + " 'lastly retry' makes it an orphan again. Recorded with user and reason. Exits with 1"
          + " if any was refused."
    })
final class QuarantineCommand implements Callable<Integer> {
  @Mixin private final OperatorCommand common;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for the record.")
  private String reason = "";

  @Parameters(arity = "1..*", paramLabel = "ID", description = "Which functions.")
  private List<Long> ids = new ArrayList<>();

  QuarantineCommand(Lastly lastly) {
    this.common = new OperatorCommand(lastly);
  }

  @Override
  public Integer call() {
    return common.run(operator -> ids.forEach(id -> common.tell(operator.quarantine(id, reason))));
  }
}
