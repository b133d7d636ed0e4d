package dev.lastly.cli;

import dev.lastly.Operator;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.Style;
import dev.lastly.model.OperatorOutcome;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The shared part of the commands with which an operator changes functions. */
final class OperatorCommand {
  private final Lastly lastly;
  private long refused;

  @Option(names = "--dry-run", description = "Only say what the command would do.")
  private boolean dryRun;

  OperatorCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  /** Carries out the command, and returns its exit status. */
  int run(Consumer<Operator> task) {
    try (Operator operator = lastly.operate()) {
      task.accept(dryRun ? operator.dryRun() : operator);
    }
    return refused == 0 ? ExitStatus.FINE : ExitStatus.LOOK;
  }

  /** Prints the result for one function. */
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

  /** Prints the number of functions. */
  void tellCount(long number) {
    if (!lastly.json()) {
      String count = Amounts.count(number, "function", "functions");
      lastly.terminal().print(Style.PLAIN, count + (dryRun ? " would be retried" : " retried"));
    }
  }
}
