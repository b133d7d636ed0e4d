package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.node.OwnersOfANode;
import dev.lastly.internal.spi.Listeners;
import dev.lastly.internal.spi.Membership;
import dev.lastly.internal.spi.Upkeep;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Pruning keeps up: the next one comes soon if this one has left something. */
@Timeout(60)
final class PruningTurnTest {
  @TempDir private Path base;
  private OwnersOfANode node;

  @BeforeEach
  void join() {
    node = new OwnersOfANode(base);
  }

  @AfterEach
  void leave() {
    node.close();
  }

  /** A store in which so many functions are left to prune, one at a time. */
  private Background background(long left) {
    Membership real = node.join();
    Upkeep.PruningSteps pruning =
        new Upkeep.PruningSteps() {
          private long rest = left;

          @Override
          public boolean hasMore() {
            return rest > 0;
          }

          @Override
          public int next() {
            rest--;
            return 1;
          }
        };
    Upkeep upkeep =
        new Upkeep() {
          @Override
          public PruningSteps prune(Duration retention, long limit) {
            return pruning;
          }

          @Override
          public void watch() {}

          @Override
          public void compact() {}
        };
    Membership me =
        new Membership(real.store(), real.liveness(), upkeep, real.place(), real.settings());
    Codec codec = Codec.create(me.settings());
    TimeLimit limit = new TimeLimit(me.settings().functionTimeout());
    Unresolvable unresolvable = new Unresolvable(me, codec, limit);
    Invoker invoker =
        new Invoker(
            Invoker.Contexts.of(me.store()),
            new Carried(List.of()),
            codec,
            me.settings().retry(),
            limit,
            id -> Duration.ZERO);
    Runner runner = new Runner(me, invoker, unresolvable, Listeners.of(me.settings()));
    return new Background(me, new Reaper(me, unresolvable, runner, Listeners.of(me.settings())));
  }

  @Test
  void pruneOnce_endsWithItsTime_comesAgainSoon() {
    Background background = background(Long.MAX_VALUE);
    background.pruneOnce();
    assertThat(Duration.ofNanos(background.nanosUntilPruning()))
        .isBetween(Duration.ofMillis(100), Duration.ofSeconds(1));
  }

  @Test
  void pruneOnce_hasRemovedAll_leavesTheNextToItsTurn() {
    Background background = background(3);
    background.pruneOnce();
    assertThat(background.nanosUntilPruning()).as("not set by this").isNegative();
  }
}
