package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.posix.LockBytes;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.sqlite.FailedSync;
import dev.lastly.internal.sqlite.HeldConnection;
import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.internal.sqlite.Room;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.sqlite.TicketLine;
import dev.lastly.internal.sqlite.Writer;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

final class WriterTest {
  private static final int CALLERS = 40;
  private static final EncodedCall BAD =
      new EncodedCall("bad", TestStore.CALL.function(), null, TestStore.CALL.module(), "not json");

  @TempDir private Path directory;
  private Store store;
  private long owner;

  @BeforeEach
  void open() {
    store = TestStore.open(directory);
    owner = TestStore.owner(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void write_manyWhileTheLockIsHeldElsewhere_oneBadRowFailsAlone() throws Exception {
    long job =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1, false).job().row();
    TestStore.Job known = TestStore.job(job, owner, 1);
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    List<CompletableFuture<Long>> results = new ArrayList<>();
    try (Connection other = TestStore.connect(directory);
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      for (int i = 0; i < CALLERS; i++) {
        EncodedCall call = i % 8 == 3 ? BAD : TestStore.CALL;
        results.add(
            CompletableFuture.supplyAsync(
                () -> TestStore.register(store, known, call, 3, 1, true).function().row(),
                callers));
      }
      assertThat(results).noneMatch(CompletableFuture::isDone);
      statement.execute("COMMIT");
    }
    for (int i = 0; i < CALLERS; i++) {
      CompletableFuture<Long> result = results.get(i);
      if (i % 8 == 3) {
        assertThatThrownBy(result::join)
            .isInstanceOf(CompletionException.class)
            .hasCauseInstanceOf(StoreException.class)
            .hasMessageContaining("cannot register bad");
      } else {
        long id = result.join();
        assertThat(
                TestStore.query(directory, "SELECT state FROM deferred_function WHERE id = " + id))
            .containsExactly("deferred");
      }
    }
    callers.shutdown();
    assertThat(TestStore.query(directory, "SELECT count(*) FROM deferred_function"))
        .containsExactly(Integer.toString(CALLERS - CALLERS / 8 + 1));
  }

  @Test
  void write_lockHeldTooLong_failsWithAdviceAndStoresNothing() throws Exception {
    try (Store impatient =
            Store.open(
                new StoreConfig(
                    TestStore.database(directory),
                    Duration.ofMillis(50),
                    () -> () -> {},
                    UnaryOperator.identity()));
        Connection other = TestStore.connect(directory);
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      assertThatThrownBy(
              () ->
                  TestStore.register(
                      impatient, TestStore.newJob(owner), TestStore.CALL, 3, 1, true))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot register Cleanup::run in " + TestStore.database(directory))
          .hasMessageContaining("another process has held the write lock");
      statement.execute("ROLLBACK");
      TestStore.register(impatient, TestStore.newJob(owner), TestStore.CALL, 3, 1, true);
    }
    assertThat(TestStore.query(directory, "SELECT count(*) FROM deferred_function"))
        .containsExactly("1");
  }

  /**
   * Neither the lock that another process holds keeps a reader, nor the writer that waits for it.
   */
  @Test
  void runnable_whileTheWriteLockIsHeldElsewhere_readsAtOnce() throws Exception {
    long job =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1, false).job().row();
    try (Connection other = TestStore.connect(directory);
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      assertThat(store.runnable(owner, job, Order.REGISTRATION, 0, 1, 64)).hasSize(1);
      TestStore.Job known = TestStore.job(job, owner, 1);
      CompletableFuture<?> write =
          CompletableFuture.supplyAsync(
              () -> TestStore.register(store, known, TestStore.CALL, 3, 1, false));
      for (int i = 0; i < 100; i++) {
        assertThat(store.runnable(owner, job, Order.REGISTRATION, 0, 1, 64)).hasSize(1);
        assertThat(write).isNotDone();
      }
      statement.execute("COMMIT");
      write.join();
    }
    assertThat(store.runnable(owner, job, Order.REGISTRATION, 0, 1, 64)).hasSize(2);
  }

  /** A thread that reads with the writer's connection lets the next writer lead. */
  @Test
  void readIfIdle_anotherWritesMeanwhile_readsElsewhereAndWritesAfterwards() throws Exception {
    Path database = TestStore.database(directory);
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    try (Writer writer = writer(database)) {
      CompletableFuture<Optional<Long>> read =
          CompletableFuture.supplyAsync(
              () ->
                  writer.readIfIdle(
                      "count",
                      db -> {
                        reading.countDown();
                        while (enough.getCount() > 0) {
                          Thread.onSpinWait();
                        }
                        return db.number("SELECT count(*) FROM owner");
                      }));
      assertThat(reading.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(writer.readIfIdle("count", db -> 0L)).isEmpty();
      FutureTask<Integer> write =
          new FutureTask<>(
              () -> writer.write("label", false, db -> db.update("UPDATE job SET name = name")));
      Thread caller = new Thread(write);
      caller.start();
      Await.until("it waits", () -> caller.getState() == Thread.State.TIMED_WAITING);
      enough.countDown();
      assertThat(read.get(10, TimeUnit.SECONDS)).contains(1L);
      assertThat(write.get(10, TimeUnit.SECONDS)).isZero();
      assertThat(writer.readIfIdle("count", db -> 0L)).contains(0L);
    }
  }

  private static Writer writer(Path database) {
    return new Writer(
        new HeldConnection(
            SqliteSource.writer(database, 1_000, new OpenedFile(database)), database, null),
        database,
        new OpenedFile(database),
        new TicketLine(Duration.ofSeconds(10), LockBytes.PRIVATE),
        new Room(database),
        new FailedSync(database));
  }

  /** A write that finds no room while the reserve takes it. */
  private record WithoutRoom(Path reserve, boolean isUrgent) implements Writer.Task<Integer> {
    @Override
    public Integer run(Statements db) throws SQLException {
      if (Files.exists(reserve)) {
        throw new SQLiteException("no room", SQLiteErrorCode.SQLITE_FULL);
      }
      return db.update("UPDATE owner SET doubt = 'recorded'");
    }
  }

  @Test
  void write_noRoom_recordsGetThatOfTheReserveAndRegistrationsDoNot() {
    Path database = TestStore.database(directory);
    Path reserve = directory.resolve("reserve");
    assertThat(new Room(database).keepReserve()).isTrue();
    try (Writer writer = writer(database)) {
      assertThatThrownBy(() -> writer.write("register", false, new WithoutRoom(reserve, false)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("no room");
      assertThat(reserve).exists();
      assertThat(writer.write("record", false, new WithoutRoom(reserve, true))).isEqualTo(1);
      assertThat(reserve).doesNotExist();
    }
  }

  @Test
  void write_inAnInterruptedThread_succeedsAndKeepsTheFlag() throws SQLException {
    Thread.currentThread().interrupt();
    TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1, true);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(TestStore.query(directory, "SELECT count(*) FROM deferred_function"))
        .containsExactly("1");
  }

  @Test
  void firstUse_inAnInterruptedThread_succeedsAndKeepsTheFlag() {
    try (Store fresh = TestStore.open(directory)) {
      Thread.currentThread().interrupt();
      List<?> owners = fresh.openOwners();
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
      TestStore.register(fresh, TestStore.newJob(owner), TestStore.CALL, 3, 1, true);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(owners).hasSize(1);
    } finally {
      Thread.interrupted();
    }
  }

  @Test
  void write_afterClose_saysThatItIsClosed() {
    store.close();
    assertThatThrownBy(
            () -> TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1, true))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has been closed by this manager");
  }

  @Test
  void claim_fromAnOwnerThatHasNotEnded_isRefused() {
    TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1, false);
    long thief = TestStore.owner(store);
    assertThatThrownBy(() -> TestStore.claim(store, owner, thief, 2))
        .hasMessageContaining("has not ended");
  }

  /** The driver finalizes a statement that has failed. */
  @Test
  void register_afterOneThatWasRefused_succeeds() {
    TestStore.Job job = TestStore.newJob(owner);
    long jobId = TestStore.register(store, job, TestStore.CALL, 3, 1_000, false).job().row();
    for (int i = 0; i < 2; i++) {
      TestStore.Job unknown = TestStore.job(jobId, 999, 1_000);
      assertThatThrownBy(() -> TestStore.register(store, unknown, TestStore.CALL, 3, 1_000, false))
          .hasMessageContaining("the owner has ended, or has another pid or boot id");
      TestStore.Job known = TestStore.job(jobId, owner, 1_000);
      assertThat(TestStore.register(store, known, TestStore.CALL, 3, 1_000, false).job().row())
          .isEqualTo(jobId);
    }
  }

  @Test
  void advance_afterTheRowWasClaimed_isFenced() {
    TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1, false);
    var mine = store.runnable(owner, 1, Order.REGISTRATION, 0, 1, 1).get(0);
    assertThat(TestStore.advance(store, AttemptStep.begin(mine), 2).started()).hasSize(1);
    long thief = TestStore.owner(store);
    store.endOwner(owner, thief, "forced", "an operator said so", 3);
    assertThat(TestStore.claim(store, owner, thief, 4)).hasSize(1);
    var done = new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, null);
    assertThat(
            TestStore.advance(
                    store,
                    AttemptStep.end(new EndedAttempt(mine, done, new Moment(3), new Moment(5))),
                    5)
                .lost())
        .hasSize(1);
    assertThat(TestStore.advance(store, AttemptStep.begin(mine), 6).started()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.51.2", "3.50.99", "3.9.0", "2.99.9"})
  void requireSafeSqlite_oldVersion_isRefused(String version) {
    assertThatThrownBy(() -> SqliteSource.requireSafeSqlite(version))
        .hasMessageContaining(version)
        .hasMessageContaining("3.51.3 or newer");
  }

  @Test
  void schemaVersion_isThatOfTheNewestMigration() throws Exception {
    try (var files = Files.list(Path.of(System.getProperty("lastly.basedir"), "migrations"))) {
      assertThat(
              files
                  .filter(Files::isRegularFile)
                  .map(f -> f.getFileName().toString().replaceAll("V(\\d+)__.*", "$1"))
                  .mapToInt(Integer::parseInt)
                  .max())
          .hasValue(Schema.VERSION - Schema.LAST_UNRELEASED);
    }
  }
}
