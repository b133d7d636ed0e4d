package dev.lastly.fleet.internal;

import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.internal.spi.FunctionStoreContract;
import dev.lastly.internal.spi.StoreUnderTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The fleet keeps the contract of {@code FunctionStore}. */
@Tag("fleet")
final class FleetFunctionsTest extends FunctionStoreContract {
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
