package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.row.EncodedCall;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An error in any call of a write leaves the store usable and reaches the callers it concerns. */
@Timeout(120)
final class WriteErrorTest {
  private static final int CALLERS = 4;
  private static final int WRITES = 2;

  /** As many calls as a round makes at least, and a few more. */
  private static final int CALLS = 130;

  /** The same for one registration. */
  private static final int CALLS_OF_ONE = 40;

  @TempDir private Path directory;
  private final Set<String> acknowledged = new ConcurrentSkipListSet<>();
  private final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);
  private final AtomicInteger errors = new AtomicInteger();
  private volatile int repeats = 1;
  private volatile boolean after;
  private volatile boolean undo;
  private volatile Kind made = Kind.OUT_OF_MEMORY;

  @ParameterizedTest
  @CsvSource({"OUT_OF_MEMORY, false", "OUT_OF_MEMORY, true", "STACK, true", "DEATH, false"})
  void write_errorAtAnyCall_isStoredIfItReturned(Kind kind, boolean afterwards) throws Exception {
    made = kind;
    after = afterwards;
    try (Store store = TestStore.open(directory, this::failing)) {
      TestStore.Job job = knownJob(store);
      for (int call = 1; call <= CALLS; call++) {
        left.set(call);
        round(store, job, "call " + call);
        left.set(Integer.MAX_VALUE);
        register(store, job, "after " + call);
      }
    }
    assertThat(errors).as("errors that callers heard of").hasPositiveValue();
    assertStored();
  }

  /** As when memory is short for a while: several calls in a row fail, of the clean-up too. */
  @ParameterizedTest
  @CsvSource({"3, false", "3, true", "20, false", "20, true"})
  void write_errorsInARow_areOverWhenTheyAre(int inARow, boolean afterwards) throws Exception {
    made = Kind.OUT_OF_MEMORY;
    after = afterwards;
    repeats = inARow;
    try (Store store = TestStore.open(directory, this::failing)) {
      TestStore.Job job = knownJob(store);
      for (int call = 1; call <= CALLS; call += 4) {
        left.set(call);
        round(store, job, "call " + call);
        left.set(Integer.MAX_VALUE);
        register(store, job, "after " + call);
      }
    }
    assertStored();
  }

  /** What SQLite undid is not committed, although no transaction is open afterwards. */
  @Test
  void write_errorAfterACommitThatFailed_isNotStored() throws Exception {
    try (Store store = TestStore.open(directory, this::failing)) {
      TestStore.Job known = knownJob(store);
      undo = true;
      tryToRegister(store, TestStore.newJob(known.owner()), "undone"); // in a transaction
      undo = false;
      register(store, known, "after");
    }
    assertThat(errors).hasPositiveValue();
    assertStored();
  }

  /**
   * A registration is looked for by what it holds. One that is equal to the last, in the same
   * millisecond, must not be taken for it.
   */
  @ParameterizedTest
  @CsvSource({"OUT_OF_MEMORY, false", "OUT_OF_MEMORY, true", "STACK, true", "DEATH, false"})
  void write_errorAtAnyCallOfAnEqualRegistration_isStoredIfItReturned(Kind kind, boolean afterwards)
      throws Exception {
    made = kind;
    after = afterwards;
    Set<Long> ids = new TreeSet<>();
    try (Store store = TestStore.open(directory, this::failing)) {
      TestStore.Job job = knownJob(store);
      for (int call = 1; call <= CALLS_OF_ONE; call++) {
        ids.add(registerEqual(store, job));
        left.set(call);
        try {
          ids.add(registerEqual(store, job));
        } catch (OutOfMemoryError | StackOverflowError | ThreadDeath e) {
          errors.incrementAndGet();
        }
        left.set(Integer.MAX_VALUE);
      }
    }
    assertThat(errors).as("errors that the caller heard of").hasPositiveValue();
    assertThat(TestStore.query(directory, "SELECT id FROM function_call WHERE name = 'equal'"))
        .containsExactlyInAnyOrderElementsOf(ids.stream().map(id -> Long.toString(id)).toList());
  }

  private static long registerEqual(Store store, TestStore.Job job) {
    EncodedCall call = TestStore.CALL;
    EncodedCall equal = new EncodedCall("equal", call.function(), null, call.module(), "[]");
    return TestStore.register(store, job, equal, 3, 1_000, false).function().row();
  }

  /** Kinds of errors. */
  enum Kind {
    OUT_OF_MEMORY,
    STACK,
    DEATH;

    private Error make() {
      return switch (this) {
        case OUT_OF_MEMORY -> new OutOfMemoryError("made up");
        case STACK -> new StackOverflowError("made up");
        case DEATH -> new ThreadDeath();
      };
    }
  }

  private TestStore.Job knownJob(Store store) {
    long owner = TestStore.owner(store);
    long job =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false)
            .job()
            .row();
    return TestStore.job(job, owner, 1_000);
  }

  private void round(Store store, TestStore.Job job, String name) throws Exception {
    List<FutureTask<Void>> callers = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      String mine = name + " of " + i + " no ";
      FutureTask<Void> caller =
          new FutureTask<>(
              () -> {
                for (int k = 0; k < WRITES; k++) {
                  tryToRegister(store, job, mine + k);
                }
                return null;
              });
      callers.add(caller);
      new Thread(caller).start();
    }
    for (FutureTask<Void> caller : callers) {
      caller.get();
    }
  }

  private void tryToRegister(Store store, TestStore.Job job, String name) {
    try {
      register(store, job, name);
    } catch (OutOfMemoryError | StackOverflowError | ThreadDeath e) {
      errors.incrementAndGet();
    }
  }

  private void register(Store store, TestStore.Job job, String name) {
    EncodedCall call = TestStore.CALL;
    EncodedCall named = new EncodedCall(name, call.function(), null, call.module(), "[]");
    TestStore.register(store, job, named, 3, 1_000, false);
    acknowledged.add(name);
  }

  private void assertStored() throws Exception {
    String sql = "SELECT name FROM function_call WHERE name <> 'Cleanup::run'";
    assertThat(new TreeSet<>(TestStore.query(directory, sql))).isEqualTo(acknowledged);
  }

  private DataSource failing(DataSource source) {
    return proxy(DataSource.class, source, "");
  }

  private <T> T proxy(Class<T> type, T target, String sql) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              if (method.getDeclaringClass() == Object.class) {
                return method.invoke(target, arguments);
              }
              boolean fails = fails();
              if (fails && !after) {
                throw made.make();
              }
              if (undo && sql.equals("COMMIT") && method.getName().equals("execute")) {
                undo((PreparedStatement) target);
              }
              Object result = call(target, method, arguments);
              if (fails) {
                throw made.make();
              }
              if (result instanceof Connection connection) {
                return proxy(Connection.class, connection, "");
              }
              if (result instanceof PreparedStatement statement) {
                return proxy(PreparedStatement.class, statement, (String) arguments[0]);
              }
              return method.getReturnType() == ResultSet.class
                  ? proxy(ResultSet.class, (ResultSet) result, "")
                  : result;
            }));
  }

  private static void undo(PreparedStatement commit) throws Throwable {
    try (PreparedStatement rollback = commit.getConnection().prepareStatement("ROLLBACK")) {
      rollback.execute();
    }
    throw new OutOfMemoryError("made up, when the exception was to be made");
  }

  private boolean fails() {
    int now = left.get() == Integer.MAX_VALUE ? Integer.MAX_VALUE : left.decrementAndGet();
    return now <= 0 && now > -repeats;
  }

  private static Object call(Object target, java.lang.reflect.Method method, Object[] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
