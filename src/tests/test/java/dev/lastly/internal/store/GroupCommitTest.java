package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Registered;
import dev.lastly.internal.spi.JobId;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Writes that share a transaction: each keeps its own durability and its own failure. */
final class GroupCommitTest {
  private static final EncodedCall BAD =
      new EncodedCall("bad", TestStore.CALL.function(), null, TestStore.CALL.module(), "not json");

  @TempDir private Path directory;
  private final List<String> executed = new CopyOnWriteArrayList<>();
  private final Set<Thread> committers = ConcurrentHashMap.newKeySet();
  private final List<FutureTask<Registered>> writes = new ArrayList<>();
  private volatile boolean busy;
  private volatile CountDownLatch reading = new CountDownLatch(0);
  private volatile boolean busyAfterRollback;
  private Store store;
  private long owner;

  @BeforeEach
  void open() {
    store = TestStore.open(directory, this::recording);
    owner = TestStore.owner(store);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void write_gatheredBehindOneThatNeedsNoSync_isSyncedAllTheSame() throws Exception {
    CountDownLatch enough = new CountDownLatch(1);
    reading = enough;
    Thread reader = new Thread(() -> store.waiting(owner));
    reader.start();
    Await.until("it leads", () -> reader.getState() == Thread.State.TIMED_WAITING);
    executed.clear();
    start(() -> register(false));
    start(() -> register(true));
    enough.countDown();
    awaitAll();
    for (FutureTask<Registered> write : writes) {
      assertThat(write.get().function().row()).isPositive();
    }
    assertThat(executed).containsExactly("PRAGMA synchronous = FULL", "COMMIT");
  }

  @Test
  void write_failsAmongOthers_leavesNothingOfItsOwn() throws Exception {
    gather(
        () -> register(true),
        () -> register(true),
        () -> TestStore.register(store, TestStore.newJob(owner), BAD, 3, 1_000, true));
    assertThat(writes.get(0).get().function().row()).isPositive();
    assertThat(writes.get(1).get().function().row()).isPositive();
    assertThatThrownBy(writes.get(2)::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(StoreException.class);
    assertThat(TestStore.query(directory, "SELECT count(*), max(id) FROM job"))
        .as("the job of the one that failed was written before its function failed")
        .containsExactly("2|2");
    assertThat(executed)
        .containsExactly(
            "PRAGMA synchronous = FULL",
            "ROLLBACK", // all together
            "COMMIT", // each by itself
            "COMMIT",
            "ROLLBACK");
  }

  @Test
  void write_oneOfAKnownJobFails_othersAreStored() throws Exception {
    TestStore.Job job = knownJob();
    gather(
        () -> register(true),
        () -> TestStore.register(store, job, TestStore.CALL, 3, 1_000, true),
        () -> TestStore.register(store, job, BAD, 3, 1_000, true),
        () -> TestStore.register(store, job, TestStore.CALL, 3, 1_000, true));
    assertThatThrownBy(writes.get(2)::get).hasCauseInstanceOf(StoreException.class);
    for (int good : new int[] {1, 3}) {
      long id = writes.get(good).get().function().row();
      String sql = "SELECT job_id FROM deferred_function WHERE id = " + id;
      assertThat(TestStore.query(directory, sql)).containsExactly(String.valueOf(job.draft().id()));
    }
    assertThat(TestStore.query(directory, "SELECT count(*) FROM deferred_function"))
        .containsExactly("4");
  }

  @Test
  void write_otherStandsBetweenRegistrations_allAreDoneInTheirOrder() throws Exception {
    TestStore.Job job = knownJob();
    long doomed = TestStore.register(store, job, TestStore.CALL, 3, 1_000, false).function().row();
    lineUp(
        named(job, "call 0"),
        named(job, "call 1"),
        () -> registered(store.cancel(doomed, owner, 1_000, false) ? 1 : 0),
        named(job, "call 3"));
    awaitAll();
    assertThat(writes.get(2).get().function().row()).as("cancelled").isEqualTo(1);
    List<Long> ids = new ArrayList<>();
    for (int i : new int[] {0, 1, 3}) {
      ids.add(writes.get(i).get().function().row());
    }
    assertThat(ids).containsExactly(doomed + 1, doomed + 2, doomed + 3);
    assertThat(executed).containsExactly("COMMIT");
  }

  private Callable<Registered> named(TestStore.Job job, String name) {
    EncodedCall call = TestStore.CALL;
    EncodedCall named = new EncodedCall(name, call.function(), null, call.module(), "[]");
    return () -> TestStore.register(store, job, named, 3, 1_000, false);
  }

  @Test
  void write_lockIsNotToBeHad_failsForTheWholeBatchAfterOneWait() throws Exception {
    TestStore.Job job = knownJob();
    store.close();
    store = TestStore.open(directory, Duration.ofMillis(10), this::recording);
    CountDownLatch gathered = new CountDownLatch(1);
    start(oneThatHolds(() -> isOpen(gathered)));
    for (int i = 0; i < 4; i++) {
      start(() -> TestStore.register(store, job, TestStore.CALL, 3, 1_000, true));
    }
    busy = true;
    gathered.countDown();
    awaitAll();
    assertThat(writes.get(0).get()).isNotNull();
    assertThat(writes.subList(1, 5).stream().map(GroupCommitTest::sqlException).distinct())
        .as("one wait and one failure for all that waited behind the first")
        .hasSize(1);
  }

  /** The lock was released because one write failed, and another process takes it. */
  @Test
  void write_lockIsLostWithAFailure_othersWaitOnceTogether() throws Exception {
    store.close();
    store = TestStore.open(directory, Duration.ofMillis(10), this::recording);
    CountDownLatch gathered = new CountDownLatch(1);
    start(oneThatHolds(() -> isOpen(gathered)));
    start(() -> TestStore.register(store, TestStore.newJob(owner), BAD, 3, 1_000, true));
    for (int i = 0; i < 3; i++) {
      start(() -> register(true));
    }
    busyAfterRollback = true;
    gathered.countDown();
    awaitAll();
    assertThat(writes.subList(2, 5).stream().map(GroupCommitTest::sqlException).distinct())
        .as("one wait and one failure for all that waited")
        .hasSize(1);
    assertThat(TestStore.query(directory, "SELECT count(*) FROM job")).containsExactly("0");
  }

  /** A write that comes while others run joins their commit. */
  @Test
  void write_comesWhileOthersAreRun_joinsThem() throws Exception {
    comeLate(false);
    assertThat(executed).containsExactly("COMMIT");
  }

  /** Whether a commit reaches the device is settled when it begins. */
  @Test
  void write_comesWhileOthersAreRunButNeedsASync_doesNotJoinThem() throws Exception {
    comeLate(true);
    assertThat(executed).containsExactly("COMMIT", "PRAGMA synchronous = FULL", "COMMIT");
  }

  /** One comes while the second of three is being run. */
  private void comeLate(boolean toDevice) throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch late = new CountDownLatch(1);
    lineUp(
        () -> register(false),
        oneThatHolds(
            () -> {
              running.countDown();
              return isOpen(late);
            }),
        () -> register(false));
    assertThat(isOpen(running)).isTrue();
    start(() -> register(toDevice));
    late.countDown();
    awaitAll();
    assertThat(writes.get(3).get().function().row()).isPositive();
  }

  @Test
  void write_byManyAtATime_isLedByAThreadOfItsOwnAsLongAsTheyWrite() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    ExecutorService callers = Executors.newFixedThreadPool(8);
    List<Future<?>> ends = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ends.add(
          callers.submit(
              () -> {
                while (!enough.get()) {
                  register(false);
                }
              }));
    }
    Await.until("it leads", () -> committers.stream().anyMatch(GroupCommitTest::isWriter));
    enough.set(true);
    for (Future<?> end : ends) {
      end.get();
    }
    callers.shutdown();
    Thread writer = committers.stream().filter(GroupCommitTest::isWriter).findFirst().orElseThrow();
    Await.until(
        "who is alone leads",
        () -> {
          committers.clear();
          register(false);
          return committers.contains(Thread.currentThread());
        });
    assertThat(writer.isAlive()).as("it sleeps until there is another crowd").isTrue();
    store.close();
    Await.until("it has ended", () -> !writer.isAlive());
  }

  private static boolean isWriter(Thread thread) {
    return thread.getName().equals("lastly-writer");
  }

  /** A write whose transaction stays open for as long as that takes. */
  private static Registered registered(long function) {
    return new Registered(new JobId(0L), new FunctionId(function));
  }

  private Callable<Registered> oneThatHolds(BooleanSupplier moment) {
    return () -> {
      store.registerOwner(TestStore.ME, 1, "", 1_000, id -> moment.getAsBoolean());
      return registered(0);
    };
  }

  private static boolean isOpen(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Throwable sqlException(FutureTask<Registered> write) {
    try {
      throw new AssertionError("registered " + write.get());
    } catch (ExecutionException e) {
      return Objects.requireNonNull(Objects.requireNonNull(e.getCause()).getCause());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private TestStore.Job knownJob() {
    long job = register(false).job().row();
    return TestStore.job(job, owner, 1_000);
  }

  private Registered register(boolean toDevice) {
    return TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, toDevice);
  }

  @SafeVarargs
  private void gather(Callable<Registered>... tasks) throws Exception {
    lineUp(tasks);
    awaitAll();
  }

  @SafeVarargs
  private void lineUp(Callable<Registered>... tasks) throws Exception {
    List<Callable<Registered>> list = new ArrayList<>();
    for (Callable<Registered> task : tasks) {
      list.add(task);
    }
    lineUp(list);
  }

  /** Lets the first wait for the write lock, and the others behind it. */
  private void lineUp(List<Callable<Registered>> tasks) throws Exception {
    executed.clear();
    try (Connection other = TestStore.connect(directory);
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      for (Callable<Registered> task : tasks) {
        start(task);
      }
      statement.execute("ROLLBACK");
    }
  }

  private void awaitAll() throws Exception {
    for (FutureTask<Registered> write : writes) {
      Await.until("it is done", write::isDone);
    }
  }

  private void start(Callable<Registered> task) throws Exception {
    FutureTask<Registered> write = new FutureTask<>(task);
    writes.add(write);
    Thread caller = new Thread(write);
    caller.start();
    Await.until("it waits", () -> caller.getState() == Thread.State.TIMED_WAITING);
  }

  private DataSource recording(DataSource source) {
    return proxy(DataSource.class, source, null);
  }

  /** Notes what controls a transaction, when it has been executed. */
  private <T> T proxy(Class<T> type, T target, @Nullable String sql) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              Object result;
              if (busy && "BEGIN IMMEDIATE".equals(sql) && method.getName().equals("execute")) {
                throw new SQLiteException("made up", SQLiteErrorCode.SQLITE_BUSY);
              }
              if (sql != null
                  && sql.contains("left_orphans")
                  && method.getName().equals("executeQuery")) {
                isOpen(reading);
              }
              try {
                result = method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (sql != null
                  && method.getName().equals("execute")
                  && sql.matches("(COMMIT|PRAGMA synchronous|ROLLBACK).*")) {
                executed.add(sql);
                committers.add(Thread.currentThread());
                busy |= busyAfterRollback && sql.equals("ROLLBACK");
              }
              if (result instanceof PreparedStatement statement) {
                return proxy(PreparedStatement.class, statement, (String) arguments[0]);
              }
              return result instanceof Connection connection
                  ? proxy(Connection.class, connection, null)
                  : result;
            }));
  }
}
