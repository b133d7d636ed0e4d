package dev.lastly.internal.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.owner.Owners;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.ShutdownHooks;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An opening or a closing that fails half-way leaves nothing open. */
final class OpenFailureTest {
  private static final Settings SETTINGS = // with a background, and with a shutdown hook
      Settings.builder().reapInterval(Duration.ofSeconds(1)).build();

  @TempDir private Path base;
  private List<String> threads = List.of();
  private List<String> hooks = List.of();

  @BeforeEach
  void look() throws Exception {
    threads = threads();
    hooks = ShutdownHooks.named("lastly-shutdown");
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        OutOfMemoryError.class,
        StackOverflowError.class,
        IllegalStateException.class,
        StoreException.class
      })
  void open_failsAtAnyStep_nothingIsLeft(Class<? extends Throwable> type) throws Exception {
    List<String> events = new ArrayList<>();
    open(events::add).close();
    assertThat(events)
        .contains("after schema", "after owner", "after shutdown hook", "after background");
    for (String event : events) {
      Throwable fault = type.getConstructor(String.class).newInstance("on purpose, " + event);
      Throwable thrown = catchThrowable(() -> open(at(event, fault)));
      assertThat(thrown).isSameAs(fault);
      assertThat(thrown.getSuppressed()).isEmpty();
      assertNothingIsLeft(event);
    }
    try (Engine engine = open(event -> {})) {
      assertThat(engine.openJob("still works").id()).isEmpty();
    }
  }

  /** The first opening makes the schema. */
  @Test
  void open_failsAtAnyConnection_nothingIsLeft() throws Exception {
    AtomicInteger connections = new AtomicInteger();
    for (int failing = 1; ; failing++) {
      int n = failing;
      connections.set(0);
      UnaryOperator<DataSource> source =
          real -> failing(real, () -> connections.incrementAndGet() == n, "getConnection");
      Throwable thrown = catchThrowable(() -> openOn(source).close());
      if (connections.get() < n) {
        break;
      }
      assertThat(thrown).hasStackTraceContaining("on purpose");
      if (Files.exists(Database.file(base)) && schemaExists()) {
        assertNothingIsLeft("connection " + n);
      }
      assertThat(n).isLessThan(50);
    }
    assertThat(connections).hasValueGreaterThan(1);
  }

  /** Such a failure does not say whether the row was committed. It was. */
  @Test
  void open_failsAfterTheCommitOfTheOwner_ownerIsClosed() throws Exception {
    open(event -> {}).close();
    AtomicBoolean once = new AtomicBoolean(true);
    UnaryOperator<DataSource> source =
        real -> afterStatement(real, "COMMIT", () -> once.getAndSet(false));
    assertThatThrownBy(() -> openOn(source))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining("on purpose");
    assertNothingIsLeft("the commit");
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT id, end_reason FROM owner"))
          .containsExactly("1|closed", "2|closed");
    }
  }

  @Test
  void open_cannotTakeALockByte_nothingIsLeft() throws Exception {
    open(event -> {}).close();
    Node.Seams seams =
        new Node.Seams(
            path -> {
              throw new OutOfMemoryError("on purpose");
            },
            InstantSource.system(),
            UnaryOperator.identity());
    assertThatThrownBy(() -> Node.open(base, "deferred", SETTINGS, seams))
        .isInstanceOf(OutOfMemoryError.class);
    assertNothingIsLeft("the lock file");
  }

  @Test
  void open_clockFails_nothingIsLeft() throws Exception {
    open(event -> {}).close();
    Node.Seams seams =
        new Node.Seams(
            Owners::open,
            () -> {
              throw new StackOverflowError("on purpose");
            },
            UnaryOperator.identity());
    assertThatThrownBy(() -> Node.open(base, "deferred", SETTINGS, seams))
        .isInstanceOf(StackOverflowError.class);
    assertNothingIsLeft("the clock");
  }

  @Test
  void close_endCannotBeRecorded_isRepeatedAndThenNothingIsLeft() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    Engine engine = openOn(real -> beforeStatement(real, "UPDATE owner", broken::get));
    broken.set(true);
    assertThatThrownBy(engine::close).isInstanceOf(OutOfMemoryError.class);
    assertThat(ShutdownHooks.named("lastly-shutdown")).as("tries again").isNotEqualTo(hooks);
    assertThatThrownBy(() -> engine.openJob("late")).isInstanceOf(IllegalStateException.class);
    broken.set(false);
    engine.close();
    assertNothingIsLeft("the second close");
    engine.close();
  }

  @Test
  void closeAndCompact_compactingFails_nothingIsLeft() throws Exception {
    AtomicBoolean broken = new AtomicBoolean();
    Engine engine = openOn(real -> failing(real, broken::get, "getConnection"));
    broken.set(true);
    assertThatThrownBy(engine::closeAndCompact).hasStackTraceContaining("on purpose");
    assertNothingIsLeft("the compacting");
  }

  private Engine open(Consumer<String> observer) {
    Node.Seams seams =
        new Node.Seams(Owners::open, InstantSource.system(), UnaryOperator.identity(), observer);
    return Node.open(base, "deferred", SETTINGS, seams);
  }

  private Engine openOn(UnaryOperator<DataSource> source) {
    Node.Seams seams = new Node.Seams(Owners::open, InstantSource.system(), source);
    return Node.open(base, "deferred", SETTINGS, seams);
  }

  private static Consumer<String> at(String event, Throwable fault) {
    return now -> {
      if (now.equals(event)) {
        if (fault instanceof Error error) {
          throw error;
        }
        throw (RuntimeException) fault;
      }
    };
  }

  /** A condition that has effects. */
  private interface Trigger {
    boolean fires();
  }

  private static DataSource failing(DataSource real, Trigger trigger, String method) {
    return wrap(
        DataSource.class,
        real,
        (name, arguments, result) -> {
          if (name.equals(method) && trigger.fires()) {
            ((Connection) result).close();
            throw new OutOfMemoryError("on purpose");
          }
          return result;
        });
  }

  private static DataSource afterStatement(DataSource real, String sql, Trigger trigger) {
    return statements(
        real,
        sql,
        statement ->
            wrap(
                PreparedStatement.class,
                statement,
                (name, arguments, result) -> {
                  if (name.startsWith("execute") && trigger.fires()) {
                    throw new OutOfMemoryError("on purpose");
                  }
                  return result;
                }));
  }

  private static DataSource beforeStatement(DataSource real, String sql, Trigger trigger) {
    return statements(
        real,
        sql,
        statement -> {
          if (trigger.fires()) {
            throw new OutOfMemoryError("on purpose");
          }
          return statement;
        });
  }

  private static DataSource statements(
      DataSource real, String sql, UnaryOperator<PreparedStatement> change) {
    return wrap(
        DataSource.class,
        real,
        (name, arguments, result) ->
            result instanceof Connection connection
                ? wrap(
                    Connection.class,
                    connection,
                    (method, values, made) ->
                        made instanceof PreparedStatement statement
                                && values.length > 0
                                && String.valueOf(values[0]).startsWith(sql)
                            ? change.apply(statement)
                            : made)
                : result);
  }

  /** What becomes of the result of a call. */
  private interface After {
    Object result(String method, Object[] arguments, Object result) throws SQLException;
  }

  private static <T> T wrap(Class<T> type, T real, After after) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                Object[] values = arguments == null ? new Object[0] : arguments;
                return after.result(method.getName(), values, method.invoke(real, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private boolean schemaExists() throws SQLException {
    try (Database db = Database.read(base)) {
      return db.number("SELECT count(*) FROM sqlite_schema WHERE name = 'owner'") == 1;
    }
  }

  private void assertNothingIsLeft(String when) throws Exception {
    long owners;
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT id FROM owner WHERE closed_at IS NULL")).as(when).isEmpty();
      owners = db.number("SELECT ifnull(max(id), 0) FROM owner");
    }
    Owners.OwnerLocks locks = Owners.open(base.resolve("deferred/owners.lock")).locks();
    for (long id = 0; id <= owners + 2; id++) {
      assertThat(locks.probe(id)).as("byte %d, %s", id, when).isEqualTo(Owners.Holder.NOBODY);
    }
    assertThat(locks.probe(Owners.WATCHER)).as(when).isEqualTo(Owners.Holder.NOBODY);
    assertThat(ShutdownHooks.named("lastly-shutdown")).as(when).isEqualTo(hooks);
    assertThat(System.getProperties().stringPropertyNames())
        .as(when)
        .noneMatch(name -> name.startsWith("dev.lastly.database:") && name.contains(base + "/"));
    Await.until("no thread is left, " + when, () -> threads.containsAll(threads()));
    assertThat(descriptors()).as(when).containsExactly("owners.lock");
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter(name -> name.startsWith("lastly-") && !name.equals("lastly-preload"))
        .sorted()
        .toList();
  }

  /** Files below the base that this JVM has open. */
  private List<String> descriptors() throws IOException {
    List<String> open = new ArrayList<>();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : all.toList()) {
        // The descriptor of the listing itself is gone with it.
        if (Files.isSymbolicLink(descriptor)
            && Files.readSymbolicLink(descriptor).startsWith(base)) {
          open.add(Files.readSymbolicLink(descriptor).getFileName().toString());
        }
      }
    }
    return open;
  }
}
