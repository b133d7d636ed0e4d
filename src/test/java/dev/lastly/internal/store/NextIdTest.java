package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.store.FunctionTable.NewFunction;
import dev.lastly.model.EncodedCall;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ids that are known beforehand are the database's own, whoever else registers. */
final class NextIdTest {
  private static final String NAMES =
      "SELECT name FROM deferred_function WHERE id BETWEEN ? AND ? ORDER BY id";

  @TempDir private Path directory;
  private final List<String> prepared = new ArrayList<>();
  private long nanos;
  private final NextId nextId = new NextId(() -> nanos);
  private Store store;
  private Statements mine;
  private Statements others;
  private long owner;
  private long job;
  private int registered;

  @BeforeEach
  void open() throws SQLException {
    store = TestStore.open(directory);
    owner = TestStore.owner(store);
    mine = new Statements(recording(connect()));
    others = new Statements(connect());
    job = FunctionTable.insertJob(others, "job", owner, 1_000);
    Modules.idOf(others, TestStore.CALL.module());
  }

  @AfterEach
  void close() {
    mine.close();
    others.close();
    store.close();
  }

  private Connection connect() throws SQLException {
    Path database = TestStore.database(directory);
    return SqliteSource.writer(database, 10_000, new Place(database)).getConnection();
  }

  private Connection recording(Connection real) {
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("prepareStatement")) {
                prepared.add((String) arguments[0]);
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private NewFunction function(String name, String arguments) {
    EncodedCall call = TestStore.CALL;
    return new NewFunction(
        job,
        new OwnerKey(owner, TestStore.ME.pid(), TestStore.ME.bootId()),
        new EncodedCall(name, call.function(), null, call.module(), arguments),
        1,
        3,
        1_000);
  }

  /** Registers one more; the row under the id is the one that was registered. */
  private long register() throws SQLException {
    String name = "mine " + ++registered;
    long id = nextId.insert(mine, function(name, "[]"));
    assertThat(mine.text("SELECT name FROM deferred_function WHERE id = ?", id)).isEqualTo(name);
    return id;
  }

  private long registerOthers() throws SQLException {
    return FunctionTable.insert(others, function("another's", "[]"));
  }

  @Test
  void insert_nobodyElseRegisters_asksForTheFirstTwoIdsOnly() throws SQLException {
    registerOthers();
    assertThat(List.of(register(), register())).containsExactly(2L, 3L);
    assertThat(prepared).noneMatch(sql -> sql.contains("registered_at, id)"));
    prepared.clear();
    assertThat(List.of(register(), register(), register())).containsExactly(4L, 5L, 6L);
    assertThat(prepared)
        .filteredOn(sql -> sql.startsWith("INSERT"))
        .as("prepared once, and used from then on")
        .singleElement()
        .asString()
        .contains("registered_at, id)");
  }

  @Test
  void insert_afterAPause_asksOnce() throws SQLException {
    registerOthers();
    register();
    register();
    nanos += 2_000_000;
    prepared.clear();
    assertThat(register()).isEqualTo(4);
    assertThat(prepared).as("what it was asked with is known already").isEmpty();
    nanos += 1_999_999;
    assertThat(register()).isEqualTo(5);
    assertThat(prepared).singleElement().asString().contains("registered_at, id)");
  }

  @Test
  void insert_othersRegisterInBetween_givesTheIdOfItsOwnRow() throws SQLException {
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ids.add(register());
      if (i % 4 == 2) {
        ids.add(registerOthers());
      }
    }
    assertThat(ids).isSorted().doesNotHaveDuplicates().hasSize(15).endsWith(15L);
  }

  @Test
  void insertAll_amongOthers_givesTheIdsOfItsOwnRows() throws SQLException {
    register();
    registerOthers();
    mine.execute("BEGIN IMMEDIATE");
    long first = nextId.insertAll(mine, List.of(function("a", "[]"), function("b", "[]")));
    mine.execute("COMMIT");
    assertThat(mine.list(row -> row.getString(1), NAMES, first, first + 1))
        .containsExactly("a", "b");
    prepared.clear();
    assertThat(register()).as("it is not known that nobody else registers").isEqualTo(first + 2);
    assertThat(prepared).isEmpty();
    assertThat(register()).isEqualTo(first + 3);
    assertThat(prepared).singleElement().asString().contains("registered_at, id)");
  }

  @Test
  void insertAll_oneIsRefused_storesNone() throws SQLException {
    mine.execute("BEGIN IMMEDIATE");
    List<NewFunction> functions =
        List.of(function("a", "[]"), function("bad", "not json"), function("c", "[]"));
    assertThatThrownBy(() -> nextId.insertAll(mine, functions))
        .isInstanceOf(SQLException.class)
        .matches(e -> SqlErrors.isConstraint((SQLException) e));
    mine.execute("COMMIT");
    assertThat(mine.number("SELECT count(*) FROM deferred_function")).isZero();
    assertThat(register()).isEqualTo(1);
  }

  /** Else the id would mean another function to whoever has read of it. */
  @Test
  void insert_nextIdWasPruned_isNotGivenAgain() throws Exception {
    register();
    register();
    long pruned = registerOthers();
    assertThat(FunctionTable.cancel(others, pruned, owner, 2_000)).isTrue();
    TestStore.execute(
        directory,
        "BEGIN",
        "INSERT INTO prune_ticket VALUES (1, %d, 3000, 1)".formatted(owner),
        "DELETE FROM deferred_function WHERE id = " + pruned,
        "DELETE FROM prune_ticket",
        "COMMIT");
    assertThat(register()).isEqualTo(pruned + 1);
  }

  @Test
  void insert_lastOnesWereRolledBack_takesTheirIds() throws SQLException {
    register();
    register();
    mine.execute("BEGIN IMMEDIATE");
    assertThat(List.of(register(), register())).containsExactly(3L, 4L);
    mine.execute("ROLLBACK");
    assertThat(List.of(register(), register(), register())).containsExactly(3L, 4L, 5L);
  }

  @Test
  void insert_functionIsRefused_saysWhyAndStoresNothing() throws SQLException {
    register();
    register();
    assertThatThrownBy(() -> nextId.insert(mine, function("bad", "not json")))
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("json_valid");
    assertThat(mine.number("SELECT count(*) FROM deferred_function")).isEqualTo(2);
    assertThat(register()).isEqualTo(3);
  }
}
