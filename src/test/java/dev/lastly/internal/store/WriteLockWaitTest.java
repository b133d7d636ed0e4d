package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.support.Await;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** SQLite's lock is a made-up one, and so are the processes: each is a thread with a wait. */
@Timeout(60)
final class WriteLockWaitTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  private final SharedBytes bytes = new SharedBytes();
  private final AtomicReference<@Nullable Object> lock = new AtomicReference<>();
  private long nanos = Long.MAX_VALUE - 10; // times wrap around
  private final List<String> order = new CopyOnWriteArrayList<>();

  @Test
  void run_lockIsFree_asksNobody() throws SQLException {
    WriteLockWait wait = waits(bytes.process(), LONG);
    wait.run(() -> take("me"));
    lock.set(null);
    assertThat(order).containsExactly("me");
    assertThat(bytes.calls()).isZero();
  }

  @Test
  void run_lockIsHeld_allAreServedInTheOrderInWhichTheyCame() throws Exception {
    lock.set("somebody");
    List<FutureTask<Void>> writers = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      writers.add(writer("writer " + i, bytes.process()));
      int waiting = i;
      Await.until("it waits", () -> bytes.waiting() == waiting);
    }
    lock.set(null);
    for (FutureTask<Void> writer : writers) {
      writer.get();
    }
    assertThat(order).containsExactly("writer 1", "writer 2", "writer 3", "writer 4");
    assertThat(bytes.held()).isZero();
  }

  @Test
  void run_theFirstInTheLineIsStopped_goesThroughAllTheSame() throws Exception {
    SharedBytes.Peer stopped = bytes.process();
    assertThat(stopped.hold(1)).isTrue(); // came long ago, and does not try
    lock.set("somebody");
    FutureTask<Void> me = writer("me", bytes.process());
    Await.until("it waits", () -> bytes.held() == 2);
    lock.set(null);
    me.get();
    assertThat(bytes.held()).isEqualTo(1);
  }

  @Test
  void runAtOnce_turnIsOver_goesOnUntilTheNextIsAwakeOrTwiceAsLong() throws SQLException {
    SharedBytes.Peer other = bytes.process();
    WriteLockWait mine = new WriteLockWait(LONG, bytes.process(), () -> nanos);
    assertThat(mine.runAtOnce(() -> {})).isTrue();
    assertThat(other.hold(1)).as("in the line").isTrue();
    pass(Turn.SHORTEST_NANOS / 2, mine);
    pass(Turn.SHORTEST_NANOS / 2, mine);
    assertThat(mine.runAtOnce(() -> {})).as("the next sleeps").isTrue();
    assertThat(other.hold(Line.READY)).isTrue();
    assertThat(mine.runAtOnce(() -> {})).as("the next is awake").isFalse();
    other.release(Line.READY);
    pass(Turn.SHORTEST_NANOS / 2, mine);
    pass(Turn.SHORTEST_NANOS / 2 - 1, mine);
    assertThat(mine.runAtOnce(() -> {})).isTrue();
    pass(1, mine);
    assertThat(mine.runAtOnce(() -> {})).as("twice as long").isFalse();
    other.release(1);
    assertThat(mine.runAtOnce(() -> {})).as("nobody waits").isTrue();
  }

  /** Its last transaction has just ended. */
  private void pass(long passed, WriteLockWait wait) {
    nanos += passed;
    wait.released();
  }

  @Test
  void run_theFirstInTheLine_isReadyUntilItHasTheLock() throws Exception {
    lock.set("somebody");
    FutureTask<Void> me = writer("me", bytes.process());
    Await.until("it is ready", () -> bytes.isHeld(Line.READY));
    FutureTask<Void> next = writer("next", bytes.process());
    Await.until("both wait", () -> bytes.waiting() == 2);
    lock.set(null);
    me.get();
    next.get();
    assertThat(order).containsExactly("me", "next");
    assertThat(bytes.held()).isZero();
  }

  /** As on a slow disk: else whoever writes all the time would never let anybody go first. */
  @Test
  void runAtOnce_commitTookLongerThanATurn_letsOthersGoFirst() throws SQLException {
    SharedBytes.Peer other = bytes.process();
    WriteLockWait mine = new WriteLockWait(LONG, bytes.process(), () -> nanos);
    assertThat(mine.runAtOnce(() -> {})).isTrue();
    assertThat(other.hold(1)).as("in the line").isTrue();
    assertThat(other.hold(Line.READY)).as("awake").isTrue();
    pass(2 * Turn.SHORTEST_NANOS, mine);
    assertThat(mine.runAtOnce(() -> {})).isFalse();
  }

  @Test
  void run_turnIsOverAndSomebodyWaits_letsItGoFirst() throws Exception {
    WriteLockWait mine = waits(bytes.process(), LONG);
    SharedBytes.Peer other = bytes.process();
    long waiting = TimeUnit.NANOSECONDS.toMicros(System.nanoTime());
    assertThat(other.hold(waiting)).isTrue();
    AtomicBoolean enough = new AtomicBoolean();
    FutureTask<Void> writing =
        new FutureTask<>(
            () -> {
              while (!enough.get()) {
                mine.run(() -> take("me"));
                lock.set(null);
                mine.released();
              }
              return null;
            });
    new Thread(writing).start();
    Await.until("it lets the other go first", () -> bytes.held() == 2);
    enough.set(true);
    assertThat(writing.isDone()).isFalse();
    other.release(waiting);
    writing.get();
    assertThat(bytes.held()).isZero();
  }

  @Test
  void run_noPlaceIsToBeHad_triesAtTheDeadline() throws Exception {
    SharedBytes.Peer poor = bytes.process();
    poor.refuse();
    WriteLockWait wait = waits(poor, Duration.ofMillis(30));
    lock.set("somebody");
    assertThatThrownBy(() -> wait.run(() -> take("me")))
        .isInstanceOf(SQLException.class)
        .matches(e -> SqlErrors.isBusy((SQLException) e));
    lock.set(null);
    wait.run(() -> take("me"));
    assertThat(order).containsExactly("me");
  }

  @Test
  void run_lockIsHeldForTooLong_saysThatItIsBusyAndLeavesTheLine() {
    WriteLockWait wait = waits(bytes.process(), Duration.ofMillis(30));
    lock.set("somebody");
    long start = System.nanoTime();
    assertThatThrownBy(() -> wait.run(() -> take("me")))
        .matches(e -> SqlErrors.isBusy((SQLException) e));
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(30));
    assertThat(bytes.held()).isZero();
  }

  @Test
  void run_failsForAnotherReason_saysSoAtOnce() {
    WriteLockWait wait = waits(bytes.process(), LONG);
    assertThatThrownBy(
            () ->
                wait.run(
                    () -> {
                      throw new SQLiteException("full", SQLiteErrorCode.SQLITE_FULL);
                    }))
        .hasMessageContaining("full");
  }

  @Test
  void run_interruptedWhileItWaits_goesOnAndKeepsTheFlag() throws Exception {
    lock.set("somebody");
    WriteLockWait wait = waits(bytes.process(), LONG);
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              wait.run(() -> take("me"));
              return Thread.currentThread().isInterrupted();
            });
    Thread thread = new Thread(task);
    thread.start();
    Await.until("it waits", () -> bytes.waiting() == 1);
    thread.interrupt();
    Await.until("it has noticed", () -> !thread.isInterrupted());
    assertThat(task.isDone()).isFalse();
    lock.set(null);
    assertThat(task.get()).isTrue();
  }

  private WriteLockWait waits(LockBytes process, Duration timeout) {
    return new WriteLockWait(timeout, process);
  }

  /** A process that writes once. */
  private FutureTask<Void> writer(String name, LockBytes process) {
    WriteLockWait wait = waits(process, LONG);
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              wait.run(() -> take(name));
              lock.set(null);
              return null;
            });
    new Thread(task, name).start();
    return task;
  }

  private void take(String name) throws SQLException {
    if (!lock.compareAndSet(null, name)) {
      throw new SQLiteException("busy", SQLiteErrorCode.SQLITE_BUSY);
    }
    order.add(name);
  }
}
