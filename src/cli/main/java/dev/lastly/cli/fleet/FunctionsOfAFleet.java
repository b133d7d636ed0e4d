package dev.lastly.cli.fleet;

import dev.lastly.cli.view.ShownFunction;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The functions of a fleet. For one thread. */
public final class FunctionsOfAFleet {
  private static final int PAGE = 500;

  private final Screen screen;
  private final FleetAddress address;

  FunctionsOfAFleet(Screen screen, FleetAddress address) {
    this.screen = screen;
    this.address = address;
  }

  /**
   * Lists functions by id.
   *
   * @param filter which
   * @param after the id after which to begin; null to begin with the first
   * @param limit at most so many
   */
  public void list(FleetFunctionFilter filter, @Nullable UUID after, long limit) {
    FleetInspector inspector = address.inspect();
    Instant now = inspector.now();
    UUID last = after;
    for (long left = limit; left > 0 && !screen.terminal().isClosed(); ) {
      List<FleetFunctionRow> page = inspector.functions(filter, last, (int) Math.min(PAGE, left));
      if (page.isEmpty()) {
        return;
      }
      list(page.stream().map(FleetRows::shown).toList(), now);
      left -= page.size();
      last = page.get(page.size() - 1).id();
    }
  }

  private void list(List<ShownFunction> page, Instant now) {
    if (screen.json()) {
      page.forEach(function -> screen.print(function.json()));
    } else {
      screen.terminal().print(ShownFunction.table("ID", page, now));
    }
  }

  /**
   * Shows one function.
   *
   * @param id the function
   * @throws IllegalArgumentException if there is no such function
   */
  public void show(UUID id) {
    FleetFunctionLife life =
        address
            .inspect()
            .function(id)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no function "
                            + id
                            + "; it may have been pruned. 'lastly list --all' shows those that"
                            + " exist"));
    FleetRows.shown(life).print(screen.terminal(), screen.json());
  }
}
