package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.EncodedCall;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of writes that one transaction has gathered: each keeps its own promise. */
final class GroupCommitTest {
  private static final EncodedCall BAD =
      new EncodedCall("bad", TestStore.CALL.function(), null, "m", "not json");

  @TempDir private Path directory;
  private final List<String> executed = new CopyOnWriteArrayList<>();
  private final List<FutureTask<Store.Registered>> writes = new ArrayList<>();
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
    gather(() -> register(false), () -> register(false), () -> register(true));
    for (FutureTask<Store.Registered> write : writes) {
      assertThat(write.get().functionId()).isPositive();
    }
    assertThat(executed)
        .containsExactly(
            "COMMIT", // the first, which began the waiting, alone
            "PRAGMA synchronous = FULL",
            "COMMIT"); // the second and the third together
  }

  @Test
  void write_failsAmongOthers_leavesNothingOfItsOwn() throws Exception {
    gather(
        () -> register(true),
        () -> register(true),
        () -> store.register(TestStore.newJob(owner), BAD, 3, 1_000, true));
    assertThat(writes.get(0).get().functionId()).isPositive();
    assertThat(writes.get(1).get().functionId()).isPositive();
    assertThatThrownBy(writes.get(2)::get)
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(StoreException.class);
    assertThat(TestStore.query(directory, "SELECT count(*), max(id) FROM job"))
        .as("the job of the one that failed was written before its function failed")
        .containsExactly("2|2");
  }

  private Store.Registered register(boolean toDevice) {
    return store.register(TestStore.newJob(owner), TestStore.CALL, 3, 1_000, toDevice);
  }

  /** Lets the first wait for the write lock, and the others behind it. */
  @SafeVarargs
  private void gather(Callable<Store.Registered>... tasks) throws Exception {
    executed.clear();
    try (Connection other = TestStore.connect(directory);
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      for (Callable<Store.Registered> task : tasks) {
        FutureTask<Store.Registered> write = new FutureTask<>(task);
        writes.add(write);
        Thread caller = new Thread(write);
        caller.start();
        Thread.State waits = writes.size() == 1 ? Thread.State.TIMED_WAITING : Thread.State.WAITING;
        Await.until("it waits", () -> caller.getState() == waits);
      }
      statement.execute("ROLLBACK");
    }
    for (FutureTask<Store.Registered> write : writes) {
      Await.until("it is done", write::isDone);
    }
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
              try {
                result = method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (sql != null
                  && method.getName().equals("execute")
                  && (sql.equals("COMMIT") || sql.startsWith("PRAGMA synchronous"))) {
                executed.add(sql);
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
