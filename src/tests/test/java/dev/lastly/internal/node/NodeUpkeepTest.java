package dev.lastly.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a growing write-ahead log is reported; {@code LongReaderTest} has the rest. */
final class NodeUpkeepTest {
  private static final long MIB = 1 << 20;

  @Test
  void isNews_logThatGrowsAndBeginsAgain_onceForEachDoubling() {
    NodeUpkeep.LogWatch watch = new NodeUpkeep.LogWatch(Path.of("deferred.db"), () -> 0);
    List<Long> sizes = List.of(0L, 16L, 63L, 64L, 64L, 127L, 128L, 200L, 1_000L, 1_023L, 1_024L);
    assertThat(sizes.stream().filter(size -> watch.isNews(size * MIB)))
        .containsExactly(64L, 128L, 1_000L, 1_024L);
    assertThat(watch.isNews(16 * MIB)).isFalse();
    assertThat(watch.isNews(70 * MIB)).as("grown again").isTrue();
    assertThat(watch.isNews(Long.MAX_VALUE / 2)).isTrue();
  }
}
