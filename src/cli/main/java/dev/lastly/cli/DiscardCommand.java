package dev.lastly.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Gives functions up. */
@Command(
    name = "discard",
    description = {
      "Give up quarantined functions: they never run again.",
      "Recorded with user and reason. Exits with 1 if any was refused."
    })
final class DiscardCommand implements Callable<Integer> {
  @Mixin private final OperatorCommand common;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for the record.")
  private String reason = "";

  @Parameters(arity = "1..*", paramLabel = "ID", description = "Which functions.")
  private List<Long> ids = new ArrayList<>();

  DiscardCommand(Lastly lastly) {
    this.common = new OperatorCommand(lastly);
  }

  @Override
  public Integer call() {
    return common.run(operator -> ids.forEach(id -> common.tell(operator.discard(id, reason))));
  }
}
