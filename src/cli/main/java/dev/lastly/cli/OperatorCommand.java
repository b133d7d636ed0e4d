package dev.lastly.cli;

import dev.lastly.Operator;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.Style;
import dev.lastly.model.OperatorOutcome;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** What the commands of a person on functions have in common. */
final class OperatorCommand {
  private final Lastly lastly;
  private long refused;

  @Option(names = "--dry-run", description = "Only say what would be done.")
  private boolean dryRun;

  OperatorCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  /** Does it, and returns the exit status. */
  int run(Consumer<Operator> task) {
    try (Operator operator = lastly.operate()) {
      task.accept(dryRun ? operator.dryRun() : operator);
    }
    return refused == 0 ? ExitStatus.FINE : ExitStatus.LOOK;
  }

  /** Says what came of one function. */
  void tell(OperatorOutcome outcome) {
    if (outcome.isRefused()) {
      refused++;
    }
    if (lastly.json()) {
      lastly.print(JsonRows.of(outcome));
    } else {
      Style style = outcome.isRefused() ? Style.BAD : Style.PLAIN;
      lastly.terminal().print(style, outcome.message());
    }
  }

  /** Says how many functions it was. */
  void tellCount(long number) {
    if (!lastly.json()) {
      String count = Amounts.count(number, "function", "functions");
      lastly.terminal().print(Style.PLAIN, count + (dryRun ? " would be retried" : " retried"));
    }
  }
}
