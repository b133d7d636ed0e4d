package dev.lastly.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.internal.spi.StoreHistory;
import dev.lastly.internal.spi.StoreHistoryContract;
import dev.lastly.internal.spi.StoreUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;

/** The SQLite store in random histories. */
final class NodeHistoryTest extends StoreHistoryContract {
  private Path base = Path.of("");
  private OwnersOfANode node = new OwnersOfANode(base);

  @BeforeProperty
  void open() throws Exception {
    base = Files.createTempDirectory("lastly-histories").toRealPath();
    node = new OwnersOfANode(base);
  }

  @AfterProperty
  void close() throws Exception {
    node.close();
    Cleanup.deleteTree(base);
  }

  @Property(tries = 10, edgeCases = EdgeCasesMode.NONE)
  void anyHistory_storeAnswersAsTheModel(@ForAll("histories") List<StoreHistory.Step> steps) {
    assertThat(take(steps)).isNotNull();
  }

  @Override
  protected StoreUnderTest world() {
    return node;
  }
}
