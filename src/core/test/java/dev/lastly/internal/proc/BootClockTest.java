package dev.lastly.internal.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BootClockTest {
  @Test
  void parseOffset_ofBootTime_isInTicks() throws Exception {
    assertThat(BootClock.parseOffset("monotonic  7 0\nboottime  1000 250000000\n"))
        .isEqualTo(100_025);
    assertThat(BootClock.parseOffset("boottime  -2 0\n")).isEqualTo(-200);
    for (String text : List.of("monotonic 1 2\n", "boottime 1 5\n", "boottime x 0\n")) {
      assertThatThrownBy(() -> BootClock.parseOffset(text)).isInstanceOf(IOException.class);
    }
  }
}
