package dev.lastly.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.FleetSettings;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a command waits before it gives up. */
@Tag("fleet")
final class FleetReaperTest {
  @TempDir private Path base;

  /** A process that gave up earlier would begin to watch with each try, and never join. */
  @Test
  void patience_machineHasBooted_isEnoughToWatchItsEarlierBoot() throws Exception {
    Duration ttl = Duration.ofSeconds(30);
    FleetSettings settings = FleetSettings.builder().ttl(ttl).machineId("A").singleNode().build();
    try (PostgresServer server = PostgresServer.start("fsync=off");
        DeferredFunctionManager manager =
            DeferredFunctionManager.open(
                base,
                Settings.builder().fleet(Fleet.open(server.dataSource(), settings)).build())) {
      assertThat(manager.ownerId()).isPositive();
      FleetInspector inspector = FleetInspector.open(server.dataSource(), settings);
      assertThat(FleetReaper.patience(inspector, "A")).isGreaterThan(ttl.multipliedBy(2));
      assertThat(FleetReaper.patience(inspector, "B")).isLessThan(ttl);
    }
  }

  @Test
  void connect_serverDoesNotAnswer_hasALimitUnlessTheUrlSaysAnother() throws Exception {
    String url = "jdbc:postgresql://127.0.0.1/d";
    assertThat(FleetAddress.of(url, null, Map.of()).source().getLoginTimeout()).isEqualTo(10);
    assertThat(FleetAddress.of(url + "?loginTimeout=7", null, Map.of()).source().getLoginTimeout())
        .isEqualTo(7);
  }
}
