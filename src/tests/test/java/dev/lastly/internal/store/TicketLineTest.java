package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.TicketLine;
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

/** Turns at the write lock, with a simulated lock and threads as simulated processes. */
@Timeout(60)
final class TicketLineTest {
  private static final Duration LONG = Duration.ofMinutes(10);

  private final SharedBytes bytes = new SharedBytes();
  private final AtomicReference<@Nullable Object> lock = new AtomicReference<>();
  private long nanos = Long.MAX_VALUE - 10; // times wrap around
  private final List<String> order = new CopyOnWriteArrayList<>();

  @Test
  void run_lockIsFree_asksForNoByte() throws SQLException {
    TicketLine line = line(bytes.process(), LONG);
    line.run(() -> take("me"));
    lock.set(null);
    assertThat(order).containsExactly("me");
    assertThat(bytes.calls()).isZero();
  }

  @Test
  void run_lockIsHeld_allAreServedInTheOrderInWhichTheyCame() throws Exception {
    lock.set("another");
    List<FutureTask<Void>> writers = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      writers.add(writer("writer " + i, bytes.process()));
      int waiting = i;
      Await.until("it waits", () -> bytes.held() == waiting);
    }
    lock.set(null);
    for (FutureTask<Void> writer : writers) {
      writer.get();
    }
    assertThat(order).containsExactly("writer 1", "writer 2", "writer 3", "writer 4");
    assertThat(bytes.held()).isZero();
  }

  @Test
  void run_theOneBeforeDies_isServed() throws Exception {
    SharedBytes.Peer before = bytes.process();
    assertThat(before.hold(microsAgo(0))).isTrue();
    lock.set("another");
    FutureTask<Void> me = writer("me", bytes.process());
    Await.until("it waits", () -> bytes.held() == 2);
    before.die();
    lock.set(null);
    me.get();
    assertThat(bytes.held()).isZero();
  }

  @Test
  void run_theFirstInTheLineIsStopped_goesThroughAllTheSame() throws Exception {
    SharedBytes.Peer stopped = bytes.process();
    assertThat(stopped.hold(1)).isTrue(); // came long ago, and does not try
    lock.set("another");
    FutureTask<Void> me = writer("me", bytes.process());
    Await.until("it waits", () -> bytes.held() == 2);
    lock.set(null);
    me.get();
    assertThat(bytes.held()).isEqualTo(1);
  }

  @Test
  void run_turnIsNotOver_goesAheadOfTheLine() throws SQLException {
    SharedBytes.Peer other = bytes.process();
    TicketLine mine = new TicketLine(Duration.ZERO, bytes.process(), () -> nanos);
    assertThat(other.hold(1)).as("in the line").isTrue();
    mine.run(() -> take("me"));
    for (int i = 0; i < 7; i++) {
      lock.set(null);
      mine.released();
      nanos += TicketLine.TURN_NANOS / 8;
      mine.run(() -> take("me"));
    }
    assertThat(bytes.calls()).as("only the other asked the kernel").isEqualTo(1);
  }

  @Test
  void run_turnIsOverAndNoOtherWaits_beginsAnotherAfterOneLook() throws SQLException {
    TicketLine mine = new TicketLine(Duration.ZERO, bytes.process(), () -> nanos);
    mine.run(() -> take("me"));
    lock.set(null);
    nanos += TicketLine.TURN_NANOS;
    mine.released();
    mine.run(() -> take("me"));
    assertThat(bytes.calls()).isEqualTo(1);
    lock.set(null);
    mine.released();
    nanos += TicketLine.TURN_NANOS - 1;
    mine.run(() -> take("me"));
    assertThat(bytes.calls()).isEqualTo(1);
  }

  /** One that writes now and then need not pay for the fairness among those that always write. */
  @Test
  void run_afterAPause_asksForNoByte() throws SQLException {
    TicketLine mine = new TicketLine(Duration.ZERO, bytes.process(), () -> nanos);
    for (int i = 0; i < 10; i++) {
      mine.run(() -> take("me"));
      lock.set(null);
      mine.released();
      nanos += TicketLine.TURN_NANOS;
    }
    assertThat(bytes.calls()).isZero();
  }

  /**
   * As on a slow disk: else a process that writes all the time would never let another go first.
   */
  @Test
  void run_commitTookLongerThanATurn_letsOthersGoFirst() throws Exception {
    SharedBytes.Peer other = bytes.process();
    TicketLine mine = new TicketLine(LONG, bytes.process(), () -> nanos);
    mine.run(() -> take("me"));
    long waiting = microsAgo(0);
    assertThat(other.hold(waiting)).as("in the line").isTrue();
    nanos += 2 * TicketLine.TURN_NANOS;
    lock.set(null);
    mine.released();
    FutureTask<Void> again = start("again", () -> mine.run(() -> take("again")));
    Await.until("it waits", () -> bytes.held() == 2);
    other.release(waiting);
    Await.until(
        "it has the lock, after a turn of the one that it saw ahead last",
        () -> {
          nanos += TicketLine.TURN_NANOS;
          return again.isDone();
        });
    again.get();
  }

  @Test
  void run_turnIsOverAndAnotherWaits_letsItGoFirst() throws Exception {
    TicketLine mine = line(bytes.process(), LONG);
    SharedBytes.Peer other = bytes.process();
    long waiting = microsAgo(0);
    assertThat(other.hold(waiting)).isTrue();
    AtomicBoolean enough = new AtomicBoolean();
    FutureTask<Void> writing =
        start(
            "me",
            () -> {
              while (!enough.get()) {
                mine.run(() -> take("me"));
                lock.set(null);
                mine.released();
              }
            });
    Await.until("it lets the other go first", () -> bytes.held() == 2);
    enough.set(true);
    assertThat(writing.isDone()).isFalse();
    other.release(waiting);
    writing.get();
    assertThat(bytes.held()).isZero();
  }

  @Test
  void run_noPlaceIsToBeHad_triesAllTheSame() throws Exception {
    SharedBytes.Peer poor = bytes.process();
    poor.refuse();
    TicketLine line = line(poor, Duration.ofMillis(30));
    lock.set("another");
    assertThatThrownBy(() -> line.run(() -> take("me")))
        .isInstanceOf(SQLException.class)
        .matches(e -> SqlErrors.isBusy((SQLException) e));
    lock.set(null);
    line.run(() -> take("me"));
    assertThat(order).containsExactly("me");
  }

  @Test
  void run_lockIsHeldForTooLong_saysThatItIsBusyAndLeavesTheLine() {
    TicketLine line = line(bytes.process(), Duration.ofMillis(30));
    lock.set("another");
    long start = System.nanoTime();
    assertThatThrownBy(() -> line.run(() -> take("me")))
        .matches(e -> SqlErrors.isBusy((SQLException) e));
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(30));
    assertThat(bytes.held()).isZero();
  }

  /** Also one who is not first tries at the deadline: the line is about the order only. */
  @Test
  void run_isNotFirstAtTheDeadline_triesOnce() throws Exception {
    SharedBytes.Peer other = bytes.process();
    assertThat(other.hold(microsAgo(0))).isTrue();
    TicketLine line = line(bytes.process(), Duration.ofMillis(50));
    lock.set("another");
    FutureTask<Void> me = start("me", () -> line.run(() -> take("me")));
    Await.until("it waits", () -> bytes.held() == 2);
    lock.set(null);
    me.get();
    assertThat(bytes.held()).isEqualTo(1);
  }

  @Test
  void run_failsForAnotherReason_saysSoAtOnceAndLeavesTheLine() throws Exception {
    TicketLine line = line(bytes.process(), LONG);
    assertThatThrownBy(() -> line.run(TicketLineTest::full)).hasMessageContaining("full");
    lock.set("another");
    FutureTask<Void> me =
        start(
            "me",
            () ->
                line.run(
                    () -> {
                      if (lock.get() == null) {
                        throw new AssertionError("made up");
                      }
                      take("me");
                    }));
    Await.until("it waits", () -> bytes.held() == 1);
    lock.set(null);
    assertThatThrownBy(me::get).hasRootCauseMessage("made up");
    assertThat(bytes.held()).isZero();
  }

  private static void full() throws SQLException {
    throw new SQLiteException("full", SQLiteErrorCode.SQLITE_FULL);
  }

  @Test
  void run_interruptedWhileItWaits_goesOnAndKeepsTheFlag() throws Exception {
    lock.set("another");
    TicketLine line = line(bytes.process(), LONG);
    FutureTask<Boolean> task =
        new FutureTask<>(
            () -> {
              line.run(() -> take("me"));
              return Thread.currentThread().isInterrupted();
            });
    Thread thread = new Thread(task);
    thread.start();
    Await.until("it waits", () -> bytes.held() == 1);
    thread.interrupt();
    Await.until("it has noticed", () -> !thread.isInterrupted());
    assertThat(task.isDone()).isFalse();
    lock.set(null);
    assertThat(task.get()).isTrue();
  }

  private static long microsAgo(long micros) {
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime()) - micros;
  }

  private static TicketLine line(LockBytes process, Duration timeout) {
    return new TicketLine(timeout, process);
  }

  /** A process that writes once. */
  private FutureTask<Void> writer(String name, LockBytes process) {
    TicketLine line = line(process, LONG);
    return start(
        name,
        () -> {
          line.run(() -> take(name));
          lock.set(null);
        });
  }

  private static FutureTask<Void> start(String name, TicketLine.Locking work) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              work.run();
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
