package dev.lastly.internal.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What the engine relies on in every {@link Liveness}; the test class of each store extends this.
 */
public abstract class LivenessContract {
  private StoreUnderTest world;
  private Membership me;

  /** A store without owners. */
  protected abstract StoreUnderTest open() throws Exception;

  @BeforeEach
  final void join() throws Exception {
    world = open();
    me = world.join();
  }

  @AfterEach
  final void end() {
    world.close();
  }

  @Test
  void self_eachOwner_hasAnIdOfItsOwnForEver() {
    List<OwnerId> ids = new ArrayList<>(List.of(me.self()));
    for (int i = 0; i < 3; i++) {
      Membership next = world.join();
      ids.add(next.self());
      next.liveness().leave("closed");
    }
    assertThat(ids).doesNotHaveDuplicates();
    assertThat(me.self()).isEqualTo(me.liveness().self());
  }

  /** P2: time proves nothing. */
  @Test
  void look_ownersThatStandStill_areNeverEnded() {
    Membership other = world.join();
    for (int i = 0; i < 5; i++) {
      world.pass(Duration.ofDays(400));
      assertThat(me.liveness().look()).isZero();
      assertThat(other.liveness().lookIfDue()).isZero();
    }
    assertThat(me.store().endedOwners()).isEmpty();
  }

  @Test
  void look_anOwnerHasDied_isRecordedOnce() {
    Membership other = world.join();
    world.kill(me);
    assertThat(other.liveness().look()).isOne();
    assertThat(other.liveness().look()).isZero();
    assertThat(world.join().liveness().look()).isZero();
  }

  @Test
  void look_manyLookAtOnce_oneOfThemRecordsIt() throws Exception {
    List<Membership> others = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      others.add(world.join());
    }
    world.kill(me);
    CyclicBarrier together = new CyclicBarrier(others.size());
    ExecutorService threads = Executors.newFixedThreadPool(others.size());
    try {
      List<Future<Integer>> looks = new ArrayList<>();
      for (Membership other : others) {
        Callable<Integer> look =
            () -> {
              together.await();
              return other.liveness().look();
            };
        looks.add(threads.submit(look));
      }
      int deaths = 0;
      for (Future<Integer> look : looks) {
        deaths += look.get();
      }
      assertThat(deaths).isOne();
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void leave_owner_hasEndedAndIsNoDeath() {
    Membership other = world.join();
    me.liveness().leave("closed");
    me.liveness().leave("closed");
    assertThat(other.liveness().look()).isZero();
    assertThat(other.store().endedOwners()).as("it has left nothing").isEmpty();
  }

  @Test
  void force_withoutGoodCause_isRefused() {
    Membership other = world.join();
    Liveness liveness = me.liveness();
    assertThatThrownBy(() -> liveness.force(other.self(), "I am sure"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lives");
    assertThatThrownBy(() -> liveness.force(me.self(), "x"))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> liveness.force(other.self(), " "))
        .isInstanceOf(IllegalArgumentException.class);
    other.liveness().leave("closed");
    assertThatThrownBy(() -> liveness.force(other.self(), "it has ended"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(other.self().toString());
  }

  @Test
  void force_ownerThatHasDiedUnseen_isEnded() {
    Membership other = world.join();
    world.kill(other);
    me.liveness().force(other.self(), "the machine was taken away");
    assertThat(me.liveness().look()).as("known already").isZero();
  }

  @Test
  void lookInTurn_manyOwners_oneKeepsWatch() {
    Membership other = world.join();
    assertThat(me.liveness().lookInTurn(true)).isZero();
    assertThat(other.liveness().lookInTurn(true)).isZero();
    assertThat(me.liveness().isWatching()).isTrue();
    assertThat(other.liveness().isWatching()).isFalse();
    me.liveness().retire();
    me.liveness().retire();
    assertThat(me.liveness().isWatching()).isFalse();
    assertThat(other.liveness().lookInTurn(false)).isZero();
    assertThat(other.liveness().isWatching()).isTrue();
  }

  @Test
  void lookInTurn_theWatcherDies_anotherTakesOverAndSeesIt() {
    Membership other = world.join();
    assertThat(me.liveness().lookInTurn(true)).isZero();
    world.kill(me);
    assertThat(other.liveness().lookInTurn(false)).isOne();
    assertThat(other.liveness().isWatching()).isTrue();
  }

  @Test
  void nextWaitNanos_anyOwner_isAMomentNotNever() {
    Membership other = world.join();
    me.liveness().lookInTurn(true);
    other.liveness().lookInTurn(true);
    for (Liveness one : List.of(me.liveness(), other.liveness())) {
      assertThat(Duration.ofNanos(one.nextWaitNanos()))
          .isPositive()
          .isLessThan(Duration.ofSeconds(1));
    }
  }
}
