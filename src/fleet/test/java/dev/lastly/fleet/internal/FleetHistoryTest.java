package dev.lastly.fleet.internal;

import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.internal.spi.StoreHistory;
import dev.lastly.internal.spi.StoreHistoryContract;
import dev.lastly.internal.spi.StoreUnderTest;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.jspecify.annotations.Nullable;

/** The fleet's store in random histories. */
@Tag("fleet")
final class FleetHistoryTest extends StoreHistoryContract {
  private @Nullable PostgresServer server;
  private @Nullable OwnersOfAFleet fleet;

  @BeforeProperty
  void open() throws Exception {
    PostgresServer started = PostgresServer.start("fsync=off");
    server = started;
    fleet = new OwnersOfAFleet(started);
  }

  @AfterProperty
  void close() throws Exception {
    if (fleet != null) {
      fleet.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void anyHistory_storeAnswersAsTheModel(@ForAll("histories") List<StoreHistory.Step> steps) {
    collect(take(steps));
  }

  @Override
  protected StoreUnderTest world() {
    return Objects.requireNonNull(fleet);
  }
}
