package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.view.ShownFunction;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists functions by id. */
@Command(
    name = "list",
    description = {
      "List deferred functions, by id.",
      "Without --all or --state: unfinished and quarantined functions."
    })
final class ListCommand implements Callable<Integer> {
  private static final int PAGE = 500;

  /** States that still need a process or an operator. */
  static final Set<FunctionState> OPEN =
      EnumSet.of(
          FunctionState.DEFERRED,
          FunctionState.RUNNING,
          FunctionState.RETRY_WAIT,
          FunctionState.QUARANTINED);

  private final Lastly lastly;

  @Option(
      names = "--all",
      description = "List all functions, also those that are done, cancelled or discarded.")
  private boolean all;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      split = ",",
      converter = StateConverter.class,
      completionCandidates = StateConverter.Candidates.class,
      description = "Only functions in these states: ${COMPLETION-CANDIDATES}.")
  private @Nullable List<FunctionState> states;

  @Option(
      names = "--orphaned",
      description = "Only orphans: unfinished functions whose owner is dead or closed.")
  private boolean orphaned;

  @Option(
      names = "--job",
      paramLabel = "NAME",
      description = "Only functions of jobs with this name.")
  private @Nullable String job;

  @Option(
      names = "--owner",
      paramLabel = "ID",
      converter = RowId.Converter.class,
      description = "Only functions of this owner.")
  private @Nullable RowId owner;

  @Option(names = "--name", paramLabel = "NAME", description = "Only functions with this name.")
  private @Nullable String name;

  @Option(
      names = "--after",
      paramLabel = "ID",
      converter = RowId.Converter.class,
      description = "Only functions with a higher id.")
  private @Nullable RowId after;

  @Option(names = "--limit", paramLabel = "N", description = "List at most N functions.")
  private long limit = Long.MAX_VALUE;

  ListCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    if (lastly.isFleet()) {
      lastly.fleet().functions().list(fleetFilter(), after == null ? null : after.uuid(), limit);
      return ExitStatus.FINE;
    }
    FunctionFilter filter = filter();
    try (Inspector inspector = new StateOpener(lastly).inspector()) {
      long last = after == null ? 0 : after.number();
      for (long left = limit; left > 0 && !lastly.terminal().isClosed(); ) {
        List<FunctionRow> page = inspector.functions(filter, last, (int) Math.min(PAGE, left));
        if (page.isEmpty()) {
          break;
        }
        show(page.stream().map(NodeRows::shown).toList());
        left -= page.size();
        last = page.get(page.size() - 1).id();
      }
    }
    return ExitStatus.FINE;
  }

  private FunctionFilter filter() {
    FunctionFilter filter = FunctionFilter.all();
    if (states != null) {
      filter = filter.states(EnumSet.copyOf(states));
    } else if (!all) {
      filter = filter.states(OPEN);
    }
    if (job != null) {
      filter = filter.job(job);
    }
    if (owner != null) {
      filter = filter.owner(owner.number());
    }
    if (name != null) {
      filter = filter.name(name);
    }
    return orphaned ? filter.orphaned() : filter;
  }

  private FleetFunctionFilter fleetFilter() {
    FleetFunctionFilter filter = FleetFunctionFilter.all();
    if (states != null) {
      filter = filter.states(EnumSet.copyOf(states));
    } else if (!all) {
      filter = filter.states(OPEN);
    }
    filter = job == null ? filter : filter.job(job);
    filter = owner == null ? filter : filter.owner(owner.uuid());
    filter = name == null ? filter : filter.name(name);
    return orphaned ? filter.orphaned() : filter;
  }

  private void show(List<ShownFunction> page) {
    if (lastly.json()) {
      page.forEach(function -> lastly.print(function.json()));
    } else {
      lastly.terminal().print(ShownFunction.table(">ID", page, Instant.now()));
    }
  }
}
