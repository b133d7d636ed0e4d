package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class LineTest {
  private final SharedBytes bytes = new SharedBytes();
  private final SharedBytes.Peer firstProcess = bytes.process();
  private final Line first = new Line(firstProcess);
  private final Line second = new Line(bytes.process());
  private final Line third = new Line(bytes.process());

  @Test
  void isFirst_severalWait_onlyTheOneThatCameFirst() {
    first.join();
    second.join();
    third.join();
    assertThat(first.isFirst()).isTrue();
    assertThat(second.isFirst()).isFalse();
    assertThat(third.isFirst()).isFalse();
    second.leave();
    assertThat(third.isFirst()).isFalse();
    first.leave();
    assertThat(third.isFirst()).isTrue();
    first.join();
    assertThat(first.isFirst()).as("at the end again").isFalse();
  }

  @Test
  void isFirst_theOneBeforeHasDied_isTrue() {
    first.join();
    second.join();
    firstProcess.die();
    assertThat(second.isFirst()).isTrue();
  }

  @Test
  void isStuck_somebodyHasBeenThereForTooLong_isTrueForAll() {
    long now = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    first.join();
    assertThat(first.isStuck()).isFalse();
    SharedBytes.Peer stopped = bytes.process();
    assertThat(stopped.hold(now - TimeUnit.SECONDS.toMicros(1))).isTrue();
    second.join();
    assertThat(first.isStuck()).isTrue();
    assertThat(second.isStuck()).isTrue();
    stopped.die();
    assertThat(second.isStuck()).isFalse();
  }

  @Test
  void isFirst_noPlaceIsToBeHad_isTrue() {
    SharedBytes.Peer process = bytes.process();
    process.refuse();
    Line line = new Line(process);
    first.join();
    line.join();
    assertThat(line.isFirst()).isTrue();
    line.leave();
    assertThat(bytes.held()).isEqualTo(1);
  }

  @Test
  void isReady_theFirstIsAwake_untilItLeaves() {
    first.join();
    second.join();
    assertThat(third.isReady()).isFalse();
    first.getReady();
    first.getReady();
    assertThat(third.isReady()).isTrue();
    assertThat(second.isFirst()).isFalse();
    first.leave();
    assertThat(third.isReady()).isFalse();
    assertThat(bytes.held()).isEqualTo(1);
  }

  @Test
  void isReady_theFirstDied_isFalse() {
    first.join();
    first.getReady();
    firstProcess.die();
    assertThat(third.isReady()).isFalse();
  }

  /** As when another looks at the byte at the same moment. */
  @Test
  void getReady_byteIsNotToBeHad_isTriedAgain() {
    SharedBytes.Peer other = bytes.process();
    assertThat(other.hold(Line.READY)).isTrue();
    first.join();
    first.getReady();
    other.release(Line.READY);
    assertThat(third.isReady()).isFalse();
    first.getReady();
    assertThat(third.isReady()).isTrue();
  }

  @Test
  void isEmpty_somebodyIsReady_saysNothingOfPlaces() {
    first.join();
    first.getReady();
    assertThat(second.isEmpty()).isFalse();
    first.leave();
    assertThat(second.isEmpty()).isTrue();
  }

  @Test
  void join_inTheLine_keepsThePlace() {
    first.join();
    second.join();
    first.join();
    assertThat(bytes.held()).isEqualTo(2);
    assertThat(first.isFirst()).isTrue();
  }

  @Test
  void isEmpty_anotherWaits_isFalse() {
    assertThat(first.isEmpty()).isTrue();
    second.join();
    assertThat(first.isEmpty()).isFalse();
    second.leave();
    assertThat(first.isEmpty()).isTrue();
  }
}
