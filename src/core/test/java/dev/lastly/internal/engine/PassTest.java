package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many first attempts share a commit. */
final class PassTest {
  private static final long QUICK = 1_000;
  private static final long SLOW = 200_000_000;

  @Test
  void get_manyQuickOnes_growsToTheMostAndNoFurther() {
    Pass.BatchSize size = new Pass.BatchSize();
    List<Integer> sizes = new ArrayList<>();
    for (int ran = 0; ran < 300; ran += sizes.get(sizes.size() - 1)) {
      sizes.add(size.get());
      size.ran(size.get(), QUICK);
    }
    assertThat(sizes).containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 32, 64, 64, 64, 64);
  }

  @Test
  void ran_slow_beginsAgainOneByOne() {
    Pass.BatchSize size = new Pass.BatchSize();
    for (int i = 0; i < 20; i++) {
      size.ran(size.get(), QUICK);
    }
    assertThat(size.get()).isEqualTo(Pass.BatchSize.MAX);
    size.ran(Pass.BatchSize.MAX, SLOW);
    for (int i = 0; i < Pass.BatchSize.ALONE; i++) {
      assertThat(size.get()).isOne();
      size.ran(1, QUICK);
    }
    assertThat(size.get()).isEqualTo(2);
  }
}
