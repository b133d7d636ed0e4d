package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.Inspector;
import dev.lastly.support.Database;
import dev.lastly.testkit.TestNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The history of a function, as {@code lastly show} prints it. */
final class ShowCommandTest {
  @TempDir private Path base;

  static void nothing() {}

  @Test
  void history_clockSteppedBackBeforeTheDeath_areInTheOrderOfWhatHappened() throws Exception {
    try (TestNode node = TestNode.open(base)) {
      node.worker("a").openJob("j").defer(ShowCommandTest::nothing);
      node.clock().advance(Duration.ofHours(-1));
      node.worker("a").kill();
      assertThat(node.worker("b").reap()).isEqualTo(1);
      assertThat(Database.file(base)).exists();
      try (Inspector inspector = Inspector.open(base)) {
        List<String> told =
            NodeRows.shown(inspector.function(1).orElseThrow()).history().stream()
                .map(line -> line.text().replaceFirst("^\\S+ \\S+ +", ""))
                .toList();
        assertThat(told).hasSize(4);
        assertThat(told.get(0)).isEqualTo("registered");
        assertThat(told.get(1)).startsWith("owner 2 claimed it");
        assertThat(told.get(2)).isEqualTo("attempt 1 began, by owner 2");
        assertThat(told.get(3)).isEqualTo("attempt 1 returned after 0 ms");
      }
    }
  }
}
