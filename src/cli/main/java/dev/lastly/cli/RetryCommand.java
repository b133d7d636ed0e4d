package dev.lastly.cli;

import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.model.FunctionFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Retries functions. */
@Command(
    name = "retry",
    description = {
      "Give quarantined functions as many further attempts as they had, or make a waiting retry due"
          + " now.",
      "A worker of this node, or 'lastly reap', then runs them. The database records the user and"
          + " the reason. Exits with 1 if a function was refused."
    })
final class RetryCommand implements Callable<Integer> {
  @Mixin private final OperatorCommand common;

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      defaultValue = "another try",
      description = "Why, for the record. Default: ${DEFAULT-VALUE}.")
  private String reason = "another try";

  @Option(names = "--all", description = "Retry all quarantined functions.")
  private boolean all;

  @Option(
      names = "--job",
      paramLabel = "NAME",
      description = "With --all: only functions of jobs with this name.")
  private @Nullable String job;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "With --all: only functions with this name.")
  private @Nullable String name;

  @Parameters(
      arity = "0..*",
      paramLabel = "ID",
      converter = RowId.Converter.class,
      description = "The functions to retry.")
  private List<RowId> ids = new ArrayList<>();

  RetryCommand(Lastly lastly) {
    this.common = new OperatorCommand(lastly);
  }

  @Override
  public Integer call() {
    boolean filtered = job != null || name != null;
    if (all == !ids.isEmpty() || (filtered && !all)) {
      throw CommandException.usage(
          "give either the ids of functions, or --all (alone or with --job or --name)");
    }
    if (all && common.isFleet()) {
      return common.runInFleet(
          (operator, tell) -> common.tellCount(operator.retryAll(fleetFilter(), reason, tell)));
    }
    if (all) {
      return common.run(
          operator -> common.tellCount(operator.retryAll(filter(), reason, common::tell)));
    }
    return common.run(
        ids,
        (operator, id) -> operator.retry(id, reason),
        (operator, id) -> operator.retry(id, reason));
  }

  private FunctionFilter filter() {
    FunctionFilter filter = FunctionFilter.all();
    filter = job == null ? filter : filter.job(job);
    return name == null ? filter : filter.name(name);
  }

  private FleetFunctionFilter fleetFilter() {
    FleetFunctionFilter filter = FleetFunctionFilter.all();
    filter = job == null ? filter : filter.job(job);
    return name == null ? filter : filter.name(name);
  }
}
