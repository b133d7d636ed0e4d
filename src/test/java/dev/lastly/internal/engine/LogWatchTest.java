package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Opening;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a log that grows is news: the rest is in {@code LongReaderTest}. */
final class LogWatchTest {
  private static final long MIB = 1 << 20;

  @TempDir private Path base;

  @Test
  void isNews_logThatGrowsAndBeginsAnew_onceForEachDoubling() {
    Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
    Membership me = Membership.join(new Opening(), base, "deferred", settings, Engine.Seams.real());
    LogWatch watch = new LogWatch(me);
    List<Long> sizes = List.of(0L, 16L, 63L, 64L, 64L, 127L, 128L, 200L, 1_000L, 1_023L, 1_024L);
    assertThat(sizes.stream().filter(size -> watch.isNews(size * MIB)))
        .containsExactly(64L, 128L, 1_000L, 1_024L);
    assertThat(watch.isNews(16 * MIB)).isFalse();
    assertThat(watch.isNews(70 * MIB)).as("grown again").isTrue();
    assertThat(watch.isNews(Long.MAX_VALUE / 2)).isTrue();
    me.store().close();
    me.owners().locks().release(me.ownerId());
    assertThat(me.owners().locks().probe(me.ownerId())).isEqualTo(Owners.Holder.NOBODY);
  }
}
