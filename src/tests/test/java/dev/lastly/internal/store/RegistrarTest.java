package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Refusal;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.Order;
import dev.lastly.model.StoreException;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Code is stored once per origin, and a row with damaged code stays visible. */
final class RegistrarTest {
  private static final FunctionReference RUN = TestStore.CALL.function();

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

  private long register(EncodedCall call) {
    return TestStore.register(store, TestStore.newJob(owner), call, 3, 1_000, false)
        .function()
        .row();
  }

  private List<String> query(String sql) throws SQLException {
    return TestStore.query(directory, sql);
  }

  private static EncodedCall call(
      String name, FunctionReference f, @Nullable String digest, String origin) {
    return new EncodedCall(name, f, digest, origin, "[]");
  }

  @Test
  void register_whatDiffersInOnePart_hasACodeOfItsOwnAndTheSameHasNot() throws Exception {
    List<EncodedCall> calls =
        List.of(
            call("n", RUN, null, "o"),
            call("m", RUN, null, "o"),
            call("n", new FunctionReference("com.acme.Cleanup", "run", "()I"), null, "o"),
            call("n", RUN, "d", "o"),
            call("n", RUN, "e", "o"),
            call("n", RUN, null, "p"));
    for (int process = 1; process <= 3; process++) { // each time with nothing remembered
      for (EncodedCall call : calls) {
        register(call);
        register(call);
      }
      store.close();
      open();
    }
    assertThat(query("SELECT name, function, class_digest, origin FROM code ORDER BY id"))
        .containsExactly(
            "n|com.acme.Cleanup#run()V|null|o",
            "m|com.acme.Cleanup#run()V|null|o",
            "n|com.acme.Cleanup#run()I|null|o",
            "n|com.acme.Cleanup#run()V|d|o",
            "n|com.acme.Cleanup#run()V|e|o",
            "n|com.acme.Cleanup#run()V|null|p");
    assertThat(query("SELECT count(*) FROM function_call GROUP BY name, function, module"))
        .containsExactly("6", "6", "18", "6");
    StoreInvariants.all().check(TestStore.database(directory));
  }

  /** A number from a transaction that failed is unused, or used by another row. */
  @Test
  void register_firstOfItsCodeFails_isNotRemembered() throws Exception {
    EncodedCall bad = new EncodedCall("bad", RUN, null, "o", "not json");
    assertThatThrownBy(() -> register(bad)).isInstanceOf(StoreException.class);
    assertThat(query("SELECT count(*) FROM code")).containsExactly("0");
    register(call("other", RUN, null, "o"));
    register(call("bad", RUN, null, "o"));
    assertThat(query("SELECT name FROM function_call ORDER BY id")).containsExactly("other", "bad");
  }

  /** As at a sqlite3 prompt with the foreign keys off, or as a flipped bit leaves it. */
  private void loseTheCodeOf(long function) throws SQLException {
    TestStore.execute(
        directory,
        "DROP TRIGGER function_call_is_fixed",
        "UPDATE deferred_function SET code_id = 4711 WHERE id = " + function);
  }

  @Test
  void functionWhoseCodeIsNotThere_isShownByEveryViewAndQuery() throws Exception {
    long waits = register(TestStore.CALL);
    long quarantined = register(TestStore.CALL);
    loseTheCodeOf(waits);
    TestStore.execute(
        directory, "UPDATE deferred_function SET code_id = 4711 WHERE id = " + quarantined);

    StoredFunction next =
        store.runnable(owner, 1, Order.REGISTRATION, 0, 2_000, 10).iterator().next();
    assertThat(next.id().row()).isEqualTo(waits);
    assertThat(next.isDamaged()).isTrue();
    assertThat(store.runnable(owner, 1, Order.NEWEST_FIRST, Long.MAX_VALUE, 2_000, 10)).hasSize(1);
    assertThat(TestStore.advance(store, AttemptStep.begin(next), 2_000).started()).hasSize(1);
    assertThat(store.running(owner, List.of(new FunctionId(waits))))
        .extracting(StoredFunction::id)
        .contains(new FunctionId(waits));
    assertShown("function_call", "id", waits);
    assertShown("pending_function", "id", waits);
    assertShown("function_attempt", "function_id", waits);
    assertShown("event_feed", "function_id", waits);
    assertThat(query("SELECT event FROM function_history WHERE function_id = " + waits))
        .containsExactly("registered", "started");

    store.closeOwner(owner, "closed", 3_000);
    assertShown("orphaned_function", "id", waits);
    assertThat(store.orphans(owner, Order.REGISTRATION, 0, 0, 9_000, 10)).hasSize(2);
    assertThat(store.orphans(owner, Order.NEWEST_FIRST, Long.MAX_VALUE, Long.MAX_VALUE, 9_000, 10))
        .hasSize(2);
    long other = TestStore.owner(store);
    store.reportUnresolvable(
        List.of(
            new Refusal(
                new CalledCode("", null, ""), new FunctionId(waits), "there is no such function")),
        other,
        4_000);
    assertThat(query("SELECT unresolvable FROM orphaned_function ORDER BY id"))
        .containsExactly("there is no such function", "null");
    assertThat(query("SELECT unresolvable FROM pending_function ORDER BY id"))
        .containsExactly("there is no such function", "null");

    TestStore.execute(
        directory,
        "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason)"
            + " VALUES (5, 'u', 'quarantine', 2, 'r')",
        "UPDATE deferred_function SET state = 'quarantined', finished_at = 5, finished_no ="
            + " (SELECT last + 1 FROM change) WHERE id = 2");
    assertShown("quarantined_function", "id", quarantined);
    assertShown("change_event", "function_id", quarantined);
    try (Records records =
        Records.open(TestStore.database(directory), "boot", Duration.ofSeconds(10))) {
      records.read(
          snapshot -> {
            assertThat(snapshot.functions(FunctionFilter.all(), OwnerVerdicts.none(), 0, 10))
                .extracting(FunctionRow::id)
                .containsExactly(waits, quarantined);
            assertThat(snapshot.life(waits, OwnerVerdicts.none())).isPresent();
            assertThat(snapshot.events(Event.BEGINNING, 99)).hasSizeGreaterThanOrEqualTo(5);
            assertThat(snapshot.counts(OwnerVerdicts.none()).unresolvable().reasons())
                .containsExactly("there is no such function");
            return snapshot;
          });
    }
    assertThat(StoreInvariants.all().violations(TestStore.database(directory)))
        .extracting(StoreInvariants.Violation::name)
        .contains("code_of_every_function");
  }

  private void assertShown(String view, String column, long id) throws SQLException {
    assertThat(query("SELECT count(*) > 0 FROM " + view + " WHERE " + column + " = " + id))
        .as(view)
        .containsExactly("1");
  }

  /** What was said of that row alone goes with it, too, else its reporter could never be pruned. */
  @Test
  void prune_functionWhoseCodeIsNotThere_takesWhatWasSaidOfIt() throws Exception {
    long id = register(TestStore.CALL);
    loseTheCodeOf(id);
    store.reportUnresolvable(
        List.of(new Refusal(new CalledCode("", null, ""), new FunctionId(id), "there is none")),
        owner,
        1_500);
    store.cancel(id, owner, 2_000, false);
    store.upkeep().prune(new StoreUpkeep.Cutoff(9_000, 0, 0), owner, 9_000);
    assertThat(query("SELECT count(*) FROM deferred_function")).containsExactly("0");
    assertThat(query("SELECT count(*) FROM unresolvable_function")).containsExactly("0");
    assertThat(query("SELECT name FROM code")).containsExactly("Cleanup::run");
  }

  @ParameterizedTest
  @CsvSource({
    "name, 'Cleanup::rum', true",
    "function, 'com.acme.Cleanup#rum()V', true",
    "class_digest, 'd', true",
    "origin, '/other.jar', false",
  })
  void textOfTheCodeIsDamaged_allItsFunctionsAreDamaged(String column, String text, boolean damaged)
      throws Exception {
    register(TestStore.CALL);
    TestStore.execute(
        directory,
        "DROP TRIGGER code_is_fixed",
        String.format(Locale.ROOT, "UPDATE code SET %s = '%s'", column, text));
    TestStore.register(
        store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false); // from memory
    for (long job = 1; job <= 2; job++) {
      assertThat(store.runnable(owner, job, Order.REGISTRATION, 0, 2_000, 10))
          .hasSize(1)
          .allMatch(f -> f.isDamaged() == damaged);
    }
    store.closeOwner(owner, "closed", 3_000);
    assertThat(store.orphans(owner, Order.REGISTRATION, 0, 0, 9_000, 10))
        .hasSize(2)
        .allMatch(orphan -> orphan.function().isDamaged() == damaged);
  }
}
