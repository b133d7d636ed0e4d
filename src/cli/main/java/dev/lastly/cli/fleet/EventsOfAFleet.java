package dev.lastly.cli.fleet;

import dev.lastly.cli.output.Cells;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Times;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetInspector;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has happened in a fleet. For one thread. */
public final class EventsOfAFleet {
  private static final int LAST = 20;

  private final Screen screen;
  private final FleetAddress address;

  EventsOfAFleet(Screen screen, FleetAddress address) {
    this.screen = screen;
    this.address = address;
  }

  /**
   * Shows what happened.
   *
   * @param after the transaction after which to begin; null for the last events
   * @param limit at most so many, but whole transactions
   * @param follow whether to wait for new ones
   * @param interval how often to look for them
   * @throws InterruptedException if this thread is interrupted
   */
  public void show(@Nullable Long after, long limit, boolean follow, Duration interval)
      throws InterruptedException {
    FleetInspector inspector = address.inspect();
    long left = limit;
    long horizon;
    if (after != null) {
      horizon = Math.addExact(after, 1);
    } else {
      Fleet.Events tail = inspector.lastEvents((int) Math.max(1, Math.min(LAST, limit)));
      tail.events().stream().limit(limit).forEach(this::show);
      horizon = tail.next();
      left = follow ? limit - tail.events().size() : 0;
    }
    while (left > 0 && !screen.terminal().isClosed()) {
      Fleet.Events page = inspector.events(horizon);
      boolean all = show(page.events(), left);
      left = all ? left - page.events().size() : 0;
      boolean end = page.events().isEmpty();
      horizon = page.next();
      if (end && !follow) {
        return;
      }
      if (end) {
        Thread.sleep(Math.max(10, interval.toMillis()));
      }
    }
  }

  /** Shows transactions as long as they are within the limit; the first one always. */
  private boolean show(List<Fleet.FleetEvent> events, long limit) {
    long shown = 0;
    for (int i = 0; i < events.size(); ) {
      int end = i;
      long transaction = events.get(i).transaction();
      while (end < events.size() && events.get(end).transaction() == transaction) {
        end++;
      }
      if (shown > 0 && shown + end - i > limit) {
        return false;
      }
      events.subList(i, end).forEach(this::show);
      shown += end - i;
      i = end;
    }
    return true;
  }

  private void show(Fleet.FleetEvent event) {
    if (screen.json()) {
      screen.print(FleetJson.of(event));
      return;
    }
    StringBuilder line = new StringBuilder();
    line.append(Cells.pad(Long.toString(event.transaction()), 12, false)).append("  ");
    line.append(Times.local(event.at())).append("  ");
    line.append(Cells.pad(event.kind(), 16, false));
    event.function().ifPresent(id -> line.append("  function ").append(id));
    event.owner().ifPresent(id -> line.append("  owner ").append(id));
    event.job().ifPresent(id -> line.append("  job ").append(id));
    event.detail().ifPresent(text -> line.append(": ").append(text));
    screen.terminal().print(style(event.kind()), line.toString());
  }

  private static Style style(String kind) {
    if (kind.equals("quarantined") || kind.equals("owner presumed")) {
      return Style.BAD;
    }
    boolean notable =
        kind.startsWith("attempt ") || kind.startsWith("claimed ") || kind.startsWith("operator ");
    return notable || kind.equals("unconfirmed") ? Style.WARNING : Style.PLAIN;
  }
}
