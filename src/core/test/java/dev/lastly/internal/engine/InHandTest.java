package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.spi.JobId;
import dev.lastly.support.Await;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which thread runs which job, and which thread waits for which. */
@Timeout(20)
final class InHandTest {
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final JobId ONE = new JobId(7L);
  private static final JobId OTHER = new JobId(8L);

  private final InHand hand = new InHand(LONG);

  /** Something done by another thread, which has ended when this returns. */
  private static void elsewhere(Runnable action) {
    CompletableFuture.runAsync(action, work -> new Thread(work, "elsewhere").start()).join();
  }

  private static Thread waiting(Runnable wait) throws Exception {
    Thread thread = new Thread(wait, "waiting");
    thread.setDaemon(true);
    thread.start();
    Await.until(
        "the thread waits",
        () -> {
          assertThat(thread.isAlive()).as("waits instead of going on").isTrue();
          return thread.getState() == Thread.State.TIMED_WAITING;
        });
    return thread;
  }

  @Test
  void take_jobThatIsTaken_isRefusedUntilItIsGivenBack() {
    assertThat(hand.contains(ONE)).isFalse();
    assertThat(hand.take(ONE, false)).isTrue();
    assertThat(hand.contains(ONE)).isTrue();
    assertThat(hand.take(ONE, true)).isFalse();
    assertThat(hand.take(OTHER, true)).isTrue();
    hand.giveBack(ONE);
    assertThat(hand.contains(ONE)).isFalse();
    assertThat(hand.take(ONE, false)).isTrue();
  }

  @Test
  void takeInTurn_jobThatIsTaken_waitsAndThenHasIt() throws Exception {
    elsewhere(() -> assertThat(hand.take(ONE, false)).isTrue());
    Thread waiting = waiting(() -> assertThat(hand.takeInTurn(ONE)).isTrue());
    hand.giveBack(ONE);
    waiting.join();
    assertThat(hand.take(ONE, false)).as("it has it").isFalse();
  }

  @Test
  void takeInTurn_anotherThreadTakesItAgainAndAgain_isNeverRefused() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () -> {
              while (!stop.get()) {
                if (hand.take(ONE, false)) {
                  hand.giveBack(ONE);
                }
              }
            },
            work -> new Thread(work, "other").start());
    for (long end = System.nanoTime() + 300_000_000L; System.nanoTime() < end; ) {
      assertThat(hand.takeInTurn(ONE)).isTrue();
      hand.giveBack(ONE);
    }
    stop.set(true);
    other.get();
  }

  @Test
  void takeInTurn_ownerEnds_isRefused() throws Exception {
    AtomicBoolean taken = new AtomicBoolean(true);
    elsewhere(() -> assertThat(hand.take(ONE, false)).isTrue());
    Thread waiting = waiting(() -> taken.set(hand.takeInTurn(ONE)));
    assertThat(hand.retire(SHORT)).isFalse();
    waiting.join();
    assertThat(taken).isFalse();
  }

  @Test
  void isRunningHere_jobOfThisThread_only() {
    elsewhere(() -> assertThat(hand.take(ONE, false)).isTrue());
    assertThat(hand.isRunningHere()).isFalse();
    assertThat(hand.take(OTHER, false)).isTrue();
    assertThat(hand.isRunningHere()).isTrue();
    hand.giveBack(OTHER);
    assertThat(hand.isRunningHere()).isFalse();
  }

  @Test
  void beginClaims_twice_areNoJobsAndTwoThings() {
    Object one = hand.beginClaims();
    Object two = hand.beginClaims();
    assertThat(two).isNotEqualTo(one);
    hand.giveBack(one);
    assertThat(hand.isRunningHere()).isTrue();
    hand.giveBack(two);
    assertThat(hand.isIdle()).isTrue();
  }

  @Test
  void awaitOrphans_noneInHand_returnsAtOnce() {
    elsewhere(() -> assertThat(hand.take(ONE, false)).as("a job of its own").isTrue());
    hand.awaitOrphans();
    assertThat(hand.contains(ONE)).isTrue();
  }

  @Test
  void awaitOrphans_anotherThreadHasOne_waitsUntilItIsGivenBack() throws Exception {
    elsewhere(() -> assertThat(hand.take(ONE, true)).isTrue());
    Thread waiting = waiting(hand::awaitOrphans);
    hand.giveBack(ONE);
    waiting.join();
  }

  @Test
  void awaitOrphans_anotherThreadIsClaiming_waits() throws Exception {
    Object[] claims = new Object[1];
    elsewhere(() -> claims[0] = hand.beginClaims());
    Thread waiting = waiting(hand::awaitOrphans);
    hand.giveBack(claims[0]);
    waiting.join();
  }

  @Test
  void awaitOrphans_oneThatTakesLong_isNotWaitedForAnyLonger() {
    InHand impatient = new InHand(SHORT);
    elsewhere(() -> assertThat(impatient.take(ONE, true)).isTrue());
    impatient.awaitOrphans();
    assertThat(impatient.contains(ONE)).isTrue();
  }

  @Test
  void awaitOrphans_fromWithinAFunction_doesNotWait() {
    elsewhere(() -> assertThat(hand.take(ONE, true)).isTrue());
    assertThat(hand.take(OTHER, false)).isTrue();
    hand.awaitOrphans();
    assertThat(hand.contains(ONE)).isTrue();
  }

  @Test
  void isRunningHere_threadThatActsForThisOne_isInsideToo() {
    TimeLimit limit = new TimeLimit(LONG);
    assertThat(limit.<Boolean>call("f", why -> false, progress -> hand.isRunningHere())).isFalse();
    assertThat(hand.take(OTHER, true)).isTrue();
    assertThat(limit.<Boolean>call("f", why -> false, progress -> hand.isRunningHere())).isTrue();
    hand.giveBack(OTHER);
  }

  @Test
  void awaitOrphans_fromWithinAFunctionWithALimit_doesNotWait() {
    assertThat(hand.take(OTHER, true)).as("the orphan that runs").isTrue();
    TimeLimit limit = new TimeLimit(LONG);
    String ended =
        limit.call(
            "f",
            why -> why,
            progress -> {
              hand.awaitOrphans(); // for a day, if it does
              return "ended";
            });
    assertThat(ended).isEqualTo("ended");
  }

  @Test
  void retire_nothingInHand_saysYesAndLetsNothingBegin() {
    assertThat(hand.retire(LONG)).isTrue();
    assertThat(hand.take(ONE, false)).isFalse();
    assertThat(hand.contains(ONE)).isFalse();
  }

  @Test
  void retire_somethingInHand_waitsForItsEnd() throws Exception {
    elsewhere(() -> assertThat(hand.take(ONE, false)).isTrue());
    CompletableFuture<Boolean> retired = new CompletableFuture<>();
    Thread waiting = waiting(() -> retired.complete(hand.retire(LONG)));
    assertThat(hand.take(OTHER, false)).as("begun while it retires").isFalse();
    hand.giveBack(ONE);
    waiting.join();
    assertThat(retired).isCompletedWithValue(true);
  }

  @Test
  void retire_somethingThatDoesNotEnd_saysNo() {
    elsewhere(() -> assertThat(hand.take(ONE, false)).isTrue());
    assertThat(hand.retire(SHORT)).isFalse();
  }
}
