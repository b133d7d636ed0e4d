package dev.lastly.fleet.internal;

import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.internal.spi.LivenessContract;
import dev.lastly.internal.spi.StoreUnderTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The fleet keeps the contract of {@code Liveness}. */
@Tag("fleet")
final class FleetLivenessTest extends LivenessContract {
  private static PostgresServer server;

  @BeforeAll
  static void start() throws Exception {
    server = PostgresServer.start("fsync=off");
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Override
  protected StoreUnderTest open() {
    return new OwnersOfAFleet(server);
  }
}
