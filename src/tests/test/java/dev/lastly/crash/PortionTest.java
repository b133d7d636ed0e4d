package dev.lastly.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A budget leaves out what it says, and nothing else. */
class PortionTest {
  private static final int[] NUMBERS = {2, 3, 5, 7, 11, 13, 17};

  @Test
  void of_everyFirst_haveEachNumberOnce() {
    List<Integer> all = new ArrayList<>();
    for (int first = 0; first < 3; first++) {
      Portion portion = new Portion(3, first);
      Arrays.stream(portion.of(NUMBERS)).forEach(all::add);
      assertThat(portion.all().limit(2)).containsExactly(first + 1, first + 4);
    }
    assertThat(all).containsExactly(2, 7, 17, 3, 11, 5, 13);
  }

  @Test
  void of_fewerNumbersThanAStep_isTheLast() {
    assertThat(new Portion(100, 99).of(NUMBERS)).containsExactly(17);
    assertThat(new Portion(100, 99).of()).isEmpty();
  }

  @Test
  void of_stepOne_isAll() {
    Portion all = new Portion(1, 0);
    assertThat(all.of(NUMBERS)).isEqualTo(NUMBERS);
    assertThat(all.all().limit(3)).isEqualTo(IntStream.of(1, 2, 3).boxed().toList());
  }

  @Test
  void scenarios_names_areThose() {
    assertThat(Portion.scenarios("")).containsExactly(Scenario.values());
    assertThat(Portion.scenarios("run-now,cancel"))
        .containsExactly(Scenario.RUN_NOW, Scenario.CANCEL);
    assertThatThrownBy(() -> Portion.scenarios("cancl").toList())
        .hasMessageStartingWith("there is no scenario 'cancl'; expected some of [worker, ");
  }

  @Test
  void step_none_isRefused() {
    assertThatThrownBy(() -> new Portion(0, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
