package dev.lastly.cli;

import dev.lastly.Operator;
import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.fleet.FleetOperator;
import dev.lastly.fleet.model.FleetOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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

  /** Carries out the command in the fleet, and returns its exit status. */
  int runInFleet(FleetTask task) {
    task.run(lastly.fleet().operator(dryRun), this::tell);
    return refused == 0 ? ExitStatus.FINE : ExitStatus.LOOK;
  }

  /** An act on functions of a fleet. */
  interface FleetTask {
    void run(FleetOperator operator, Consumer<FleetOutcome> tell);
  }

  /** Carries out an act on each function, of this node or of the fleet. */
  int run(List<RowId> ids, OnNode onNode, InFleet inFleet) {
    if (lastly.isFleet()) {
      List<UUID> functions = ids.stream().map(RowId::uuid).toList();
      return runInFleet(
          (operator, tell) -> functions.forEach(id -> tell.accept(inFleet.act(operator, id))));
    }
    List<Long> functions = ids.stream().map(RowId::number).toList();
    return run(operator -> functions.forEach(id -> tell(onNode.act(operator, id))));
  }

  /** An act on one function of a node. */
  interface OnNode {
    OperatorOutcome act(Operator operator, long id);
  }

  /** The same act on one function of a fleet. */
  interface InFleet {
    FleetOutcome act(FleetOperator operator, UUID id);
  }

  boolean isFleet() {
    return lastly.isFleet();
  }

  /** Prints the result for one function of a node. */
  void tell(OperatorOutcome done) {
    tell(done.functionId(), done.kind(), done.before(), done.after(), done.message());
  }

  private void tell(FleetOutcome done) {
    tell(done.functionId(), done.kind(), done.before(), done.after(), done.message());
  }

  private void tell(
      Object function,
      OperatorOutcome.Kind kind,
      @Nullable FunctionState before,
      @Nullable FunctionState after,
      String message) {
    boolean isRefused = kind == OperatorOutcome.Kind.REFUSED;
    refused += isRefused ? 1 : 0;
    if (lastly.json()) {
      lastly.print(
          new JsonObject()
              .put("function_id", function)
              .put("outcome", kind)
              .put("before", before)
              .put("after", after)
              .put("message", message));
    } else {
      lastly.terminal().print(isRefused ? Style.BAD : Style.PLAIN, message);
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
