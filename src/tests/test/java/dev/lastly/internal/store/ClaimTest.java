package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.FunctionStore.Orphan;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which owner may claim which functions, beside other owners.
 *
 * <p>Owner 1 has died and has left functions 1 to 4 of one job, and 5 of another; owners 2 and 3
 * are open.
 */
final class ClaimTest {
  private static final AttemptResult DONE =
      new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, null);

  @TempDir private Path directory;
  private Store store;

  @BeforeEach
  void leaveOrphans() {
    store = TestStore.open(directory);
    for (int owner = 1; owner <= 3; owner++) {
      assertThat(TestStore.owner(store)).isEqualTo(owner);
    }
    long job =
        TestStore.register(store, TestStore.newJob(1), TestStore.CALL, 3, 1_000, false).job().row();
    for (int i = 0; i < 3; i++) {
      TestStore.register(store, TestStore.job(job, 1, 1_000), TestStore.CALL, 3, 1_000, false);
    }
    TestStore.register(store, TestStore.newJob(1), TestStore.CALL, 3, 1_000, false);
    store.endOwner(1, 2, "died", "its lock byte is free", 2_000);
  }

  @AfterEach
  void close() throws SQLException {
    StoreInvariants.all().check(TestStore.database(directory));
    store.close();
  }

  @Test
  void claim_severalOfAJob_beginInOneClaim() throws SQLException {
    AttemptStep.Result claimed = claim(2, 1, 2, 3);
    assertThat(claimed.jobBusy()).isFalse();
    assertThat(ids(claimed)).containsExactly(1L, 2L, 3L);
    assertThat(query("SELECT id, owner_id, claim_no, state, attempts FROM deferred_function"))
        .containsExactly(
            "1|2|1|running|1",
            "2|2|1|running|1",
            "3|2|1|running|1",
            "4|1|0|deferred|0",
            "5|1|0|deferred|0");
    assertThat(query("SELECT job_id, from_owner, to_owner, rows FROM claim"))
        .containsExactly("1|1|2|3");
  }

  @Test
  void claim_anotherOwnerIsRunningFunctionsOfTheJob_beginsNothing() throws SQLException {
    AttemptStep.Result first = claim(2, 1);
    AttemptStep.Result beside = claim(3, 2);
    assertThat(beside.jobBusy()).isTrue();
    assertThat(beside.started()).isEmpty();
    assertThat(ids(claim(3, 5))).as("of another job").containsExactly(5L);
    end(2, first);
    assertThat(ids(claim(3, 2))).as("it has ended").containsExactly(2L);
    assertThat(query("SELECT count(*) FROM claim")).containsExactly("3");
  }

  /** It went on where the first owner's order stood, so what it left comes first. */
  @Test
  void claim_anEndedOwnerHasClaimedAndLeftSome_theseComeFirst() throws SQLException {
    assertThat(ids(claim(2, 4))).containsExactly(4L);
    store.endOwner(2, 3, "died", "its lock byte is free", 3_000);
    assertThat(claim(3, 3).jobBusy()).as("its attempt has not been answered").isTrue();
    List<StoredFunction> left = TestStore.orphans(store, 2, 3_000);
    assertThat(claim(3, 3).jobBusy()).as("it is due").isTrue();
    AttemptStep passingOver =
        new AttemptStep(List.of(), List.of(orphan(3)), null, List.of(new FunctionId(4L)), false);
    assertThat(ids(store.advance(passingOver, 3, TestStore.ME, 3_200)))
        .as("it cannot be run here, and holds up no other")
        .containsExactly(3L);
    assertThat(left).hasSize(1);
  }

  /**
   * The other one has claimed while the function waited: a failure holds up nothing, nor a retry.
   */
  @Test
  void begin_retryWhileAnotherOwnerRunsFunctionsOfTheJob_begins() throws SQLException {
    StoredFunction failed = claim(2, 4).started().get(0);
    AttemptResult threw =
        new AttemptResult(
            AttemptOutcome.THREW, FunctionState.RETRY_WAIT, Duration.ofSeconds(2), "no", null);
    end(2, failed, threw);
    AttemptStep.Result other = claim(3, 3);
    assertThat(ids(other)).containsExactly(3L);
    StoredFunction retry =
        store.runnable(2, failed.job().row(), Order.REGISTRATION, 0, 5_000, 9).get(0);
    assertThat(ids(store.advance(AttemptStep.begin(retry), 2, TestStore.ME, 5_000)))
        .containsExactly(4L);
  }

  @Test
  void claim_oneWasCancelledMeanwhile_theOthersBegin() throws SQLException {
    List<StoredFunction> read = List.of(orphan(1), orphan(2), orphan(3));
    assertThat(store.cancel(2, 1, 2_500, false)).isTrue();
    AttemptStep step = new AttemptStep(List.of(), read, null);
    assertThat(ids(store.advance(step, 2, TestStore.ME, 3_000))).containsExactly(1L, 3L);
    assertThat(query("SELECT state, owner_id, claim_no, attempts FROM deferred_function"))
        .startsWith("running|2|1|1", "cancelled|1|0|0", "running|2|1|1");
  }

  @Test
  void claim_allOfThemWereClaimedMeanwhile_leavesNoClaim() throws SQLException {
    List<StoredFunction> read = List.of(orphan(1), orphan(2));
    end(2, claim(2, 1, 2));
    AttemptStep step = new AttemptStep(List.of(), read, null);
    AttemptStep.Result late = store.advance(step, 3, TestStore.ME, 4_000);
    assertThat(late.started()).isEmpty();
    assertThat(query("SELECT to_owner FROM claim")).containsExactly("2");
  }

  private AttemptStep.Result claim(long claimer, long... ids) {
    List<StoredFunction> next = Arrays.stream(ids).mapToObj(this::orphan).toList();
    return store.advance(new AttemptStep(List.of(), next, null), claimer, TestStore.ME, 3_000);
  }

  private StoredFunction orphan(long id) {
    return store.orphans(1, Order.REGISTRATION, 0, 0, 3_000, 99).stream()
        .map(Orphan::function)
        .filter(f -> f.id().row() == id)
        .findFirst()
        .orElseThrow();
  }

  private void end(long owner, StoredFunction f, AttemptResult result) {
    AttemptStep step =
        AttemptStep.end(new EndedAttempt(f, result, new Moment(3_000), new Moment(3_000)));
    assertThat(store.advance(step, owner, TestStore.ME, 3_000).lost()).isEmpty();
  }

  private void end(long owner, AttemptStep.Result begun) {
    List<EndedAttempt> ended =
        begun.started().stream()
            .map(f -> new EndedAttempt(f, DONE, new Moment(3_000), new Moment(3_000)))
            .toList();
    AttemptStep step = new AttemptStep(ended, List.of(), null);
    assertThat(store.advance(step, owner, TestStore.ME, 3_000).lost()).isEmpty();
  }

  private static List<Long> ids(AttemptStep.Result begun) {
    return begun.started().stream().map(f -> f.id().row()).toList();
  }

  private List<String> query(String sql) throws SQLException {
    return TestStore.query(directory, sql);
  }
}
