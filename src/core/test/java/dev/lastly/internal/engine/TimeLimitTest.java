package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.engine.TimeLimit.CallProgress;
import dev.lastly.internal.engine.TimeLimit.LimitedThread;
import dev.lastly.internal.engine.TimeLimit.Phase;
import dev.lastly.support.Await;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Functions that end in time, that react to the interrupt, and that ignore it, in each phase. */
@Timeout(20)
final class TimeLimitTest {
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofMillis(1);

  /** Enough to come to the phase that is to hang. */
  private static final Duration A_WHILE = Duration.ofMillis(900);

  private final CountDownLatch release = new CountDownLatch(1);
  private volatile Thread worker = Thread.currentThread();

  @AfterEach
  void endThreads() {
    release.countDown();
  }

  private String call(TimeLimit limit, TimeLimit.Work<String> work) {
    return limit.call(
        "function-17",
        why -> "otherwise: " + why,
        progress -> {
          worker = Thread.currentThread();
          return work.run(progress);
        });
  }

  /** Does not heed any interrupt. */
  private String stubborn(CallProgress<String> progress, Phase phase) {
    progress.enter(phase, why -> progress.isGivenUp() + ": " + why);
    boolean unused = Patience.await(release, LONG);
    return "too late";
  }

  private static String heedful(CallProgress<String> progress, Phase phase) {
    progress.enter(phase, why -> "otherwise: " + why);
    try {
      new CountDownLatch(1).await();
      return "never";
    } catch (InterruptedException e) {
      return progress.isLate() ? "late" : "interrupted";
    }
  }

  @Test
  void call_withoutLimit_isMadeInTheCallersThread() {
    assertThat(call(new TimeLimit(Duration.ZERO), progress -> "value")).isEqualTo("value");
    assertThat(worker).isSameAs(Thread.currentThread());
  }

  @Test
  void call_inTime_givesTheValueFromADaemonThreadOfItsOwn() {
    assertThat(call(new TimeLimit(LONG), progress -> "value")).isEqualTo("value");
    assertThat(worker).isNotSameAs(Thread.currentThread());
    assertThat(worker.getName()).isEqualTo("lastly-function-17");
    assertThat(worker.isDaemon()).as("must not keep the JVM alive").isTrue();
  }

  @ParameterizedTest
  @EnumSource(Phase.class)
  void call_throws_isWhatIsKnownOfThePhase_withAndWithoutALimit(Phase phase) {
    for (Duration limit : new Duration[] {Duration.ZERO, LONG}) {
      assertThat(
              call(
                  new TimeLimit(limit, SHORT, SHORT),
                  progress -> {
                    progress.enter(phase, why -> "known: " + why);
                    throw new StackOverflowError();
                  }))
          .isEqualTo("known: " + phase + " failed: java.lang.StackOverflowError");
    }
  }

  @Test
  void call_throwsBeforeAnyPhase_isWhatIsKnownThen() {
    assertThat(
            call(
                new TimeLimit(LONG),
                progress -> {
                  throw new OutOfMemoryError();
                }))
        .isEqualTo("otherwise: finding the code that it calls failed: java.lang.OutOfMemoryError");
  }

  @Test
  void call_functionHeedsItsInterrupt_maySayWhatItKnows() {
    assertThat(
            call(new TimeLimit(SHORT, LONG, A_WHILE), progress -> heedful(progress, Phase.RUNNING)))
        .isEqualTo("late");
  }

  @Test
  void call_functionDoesNotHeedItsInterrupt_isLeftBehindWithWhereItHangs() throws Exception {
    TimeLimit limit = new TimeLimit(SHORT, SHORT, A_WHILE);
    // Not at each time on a machine so slow that the thread has not come so far in 2 ms.
    String[] said = new String[1];
    Await.until(
        "it says where it hangs",
        () -> {
          said[0] = call(limit, progress -> stubborn(progress, Phase.RUNNING));
          return said[0].contains("await(");
        });
    assertThat(said[0])
        .startsWith("true: running it took longer than PT0.001S and did not heed its interrupt")
        .contains("thread lastly-function-17", "\n\tat ")
        .doesNotContain("TimeLimitTest", "Patience");
    assertThat(limit.stillHanging("function-17")).as("it is in quarantine").isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      names = {"FINDING", "BINDING", "ASKING"})
  void call_hangsBeforeTheCall_isNotTriedWhileItHangs(Phase phase) throws Exception {
    TimeLimit limit = new TimeLimit(SHORT, LONG, A_WHILE);
    String time = phase == Phase.FINDING ? "PT4.5S" : "PT0.9S";
    assertThat(call(limit, progress -> stubborn(progress, phase)))
        .startsWith("true: " + phase + " took longer than " + time);
    assertThat(limit.stillHanging("function-17"))
        .isEqualTo(
            phase + " took longer than " + time + ", and still hangs in thread lastly-function-17");
    assertThat(limit.stillHanging("function-18")).isNull();
    release.countDown();
    worker.join();
    assertThat(limit.stillHanging("function-17")).isNull();
  }

  @ParameterizedTest
  @EnumSource(
      value = Phase.class,
      names = {"DESCRIBING_RESULT", "DESCRIBING_FAILURE"})
  void call_hangsAfterTheCall_isInterruptedAndNotWaitedFor(Phase phase) throws Exception {
    TimeLimit limit = new TimeLimit(SHORT, LONG, A_WHILE);
    assertThat(call(limit, progress -> heedful(progress, phase)))
        .startsWith("otherwise: " + phase + " took longer than PT0.9S");
    worker.join();
    assertThat(limit.stillHanging("function-17")).isNull();
  }

  @Test
  void call_eachPhaseInTime_togetherTheyMayTakeLonger() {
    Duration limit = Duration.ofMillis(400);
    assertThat(
            call(
                new TimeLimit(limit, SHORT, SHORT),
                progress -> {
                  for (Phase phase : Phase.values()) {
                    progress.enter(phase, why -> why);
                    boolean unused = Patience.await(release, Duration.ofMillis(100));
                  }
                  return "value";
                }))
        .isEqualTo("value");
  }

  @Test
  void enter_afterTheOtherThreadHasGivenUp_beginsNothing() throws Exception {
    AtomicReference<String> begun = new AtomicReference<>("nothing");
    String result =
        call(
            new TimeLimit(SHORT, SHORT, A_WHILE),
            progress -> {
              String unused = stubborn(progress, Phase.BINDING);
              progress.enter(Phase.RUNNING, why -> why);
              begun.set("the function");
              return "value";
            });
    assertThat(result).contains("binding its arguments took longer");
    release.countDown();
    worker.join();
    assertThat(begun.get()).isEqualTo("nothing");
  }

  @Test
  void call_callerIsInterrupted_functionIsAndTheCallerKeepsTheFlag() {
    Thread.currentThread().interrupt();
    String value = call(new TimeLimit(LONG), progress -> heedful(progress, Phase.RUNNING));
    assertThat(Thread.interrupted()).isTrue();
    assertThat(value).isEqualTo("interrupted");
  }

  @Test
  void call_callerIsNotInterrupted_getsNoFlag() {
    assertThat(call(new TimeLimit(LONG), progress -> "value")).isEqualTo("value");
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void limitedThread_actsForTheThreadThatWaits_onlyAsLongAsItWaits() throws Exception {
    Thread caller = Thread.currentThread();
    TimeLimit limit = new TimeLimit(LONG);
    String inside =
        call(
            limit,
            outer ->
                limit.call(
                    "nested",
                    why -> why,
                    inner -> {
                      Thread here = Thread.currentThread();
                      return LimitedThread.isActingFor(here, caller)
                          + " "
                          + (LimitedThread.actingFor(caller) == here);
                    }));
    assertThat(inside).isEqualTo("true true");
    assertThat(LimitedThread.actingFor(caller)).isSameAs(caller);
    TimeLimit tight = new TimeLimit(SHORT, SHORT, A_WHILE);
    String unused = call(tight, progress -> stubborn(progress, Phase.RUNNING));
    assertThat(worker.isAlive()).isTrue();
    assertThat(LimitedThread.isActingFor(worker, caller)).as("left behind").isFalse();
    assertThat(LimitedThread.actingFor(caller)).isSameAs(caller);
  }

  @Test
  void actingFor_threadThatTheFunctionStarts_isOutside() throws Exception {
    Thread caller = Thread.currentThread();
    AtomicReference<Boolean> inside = new AtomicReference<>(true);
    String unused =
        call(
            new TimeLimit(LONG),
            progress -> {
              Thread own =
                  new Thread(
                      () -> inside.set(LimitedThread.isActingFor(Thread.currentThread(), caller)));
              own.start();
              boolean ended = Patience.await(nanos -> joined(own), LONG);
              return "" + ended;
            });
    assertThat(inside.get()).isFalse();
  }

  private static boolean joined(Thread thread) throws InterruptedException {
    thread.join();
    return true;
  }
}
