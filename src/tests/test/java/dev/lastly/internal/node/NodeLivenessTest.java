package dev.lastly.internal.node;

import dev.lastly.internal.spi.LivenessContract;
import dev.lastly.internal.spi.StoreUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The SQLite store keeps the contract of {@code Liveness}. */
final class NodeLivenessTest extends LivenessContract {
  @TempDir private Path base;

  @Override
  protected StoreUnderTest open() {
    return new OwnersOfANode(base);
  }
}
