package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.Event;
import dev.lastly.testkit.StoreInvariants;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process gives a claimed function that it cannot run back to the ended owner. The database
 * allows that move, and no other.
 *
 * <p>Owner 1 has ended, owner 2 has claimed its function 1 from it, owner 3 is open, owner 4 has
 * ended, too.
 */
final class ReleaseTest {
  private static final String RELEASED =
      "INSERT INTO claim (job_id, from_owner, to_owner, claimed_at, verdict, evidence, rows,"
          + " earlier, change_no) SELECT job_id, 2, %s, 3000, 'RELEASED', 'the path cannot be"
          + " spelled', 1, claim_id, (SELECT last + 1 FROM change) FROM deferred_function WHERE id"
          + " = 1";

  private static final String RELEASE =
      "UPDATE deferred_function SET state = 'retry_wait', not_before = 3000, started_at = NULL,"
          + " owner_id = %s, claim_no = %s, claim_id = (SELECT max(id) FROM claim) WHERE id = 1";

  private static final String BACK = RELEASE.formatted("1", "claim_no + 1");

  private static final String FAILED =
      "INSERT INTO attempt (function_id, number, owner_id, started_at, finished_at, outcome, error,"
          + " quarantined, begun_no, ended_no) SELECT id, attempts, owner_id, started_at, 3000,"
          + " 'unresolvable', 'the path cannot be spelled', 0, begun_no, (SELECT last + 1 FROM"
          + " change) FROM deferred_function WHERE id = 1";

  @TempDir private Path directory;
  private Store store;

  @BeforeEach
  void claim() {
    store = TestStore.open(directory);
    for (int owner = 1; owner <= 4; owner++) {
      assertThat(TestStore.owner(store)).isEqualTo(owner);
    }
    TestStore.register(store, TestStore.newJob(1), TestStore.CALL, 1, 1_000, false);
    store.closeOwner(4, "closed", 2_000);
    store.endOwner(1, 2, "died", "its lock byte is free", 2_000);
    claim(2, 2_100);
    assertThat(store.endedOwnersWithOrphans()).isEmpty();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void claim(long claimer, long now) {
    assertThat(TestStore.claim(store, 1, claimer, now)).hasSize(1);
  }

  private void execute(String... sql) throws SQLException {
    TestStore.execute(directory, sql);
  }

  /** The whole transaction of a process that cannot do it, after an attempt that used up none. */
  private void release() throws SQLException {
    execute(
        "BEGIN IMMEDIATE",
        FAILED,
        RELEASED.formatted("1"),
        BACK.replace(
            "SET ", "SET begun_no = NULL, max_attempts = max_attempts + 1, last_error = 'e', "),
        "COMMIT");
  }

  @Test
  void release_ofWhatRuns_isAnOrphanAgainForOthers() throws SQLException {
    release();
    assertThat(store.endedOwnersWithOrphans()).extracting(o -> o.id()).containsExactly(1L);
    assertThat(
            TestStore.query(
                directory,
                "SELECT owner_id, claim_no, attempts, max_attempts FROM orphaned_function JOIN"
                    + " deferred_function USING (id, owner_id, attempts, max_attempts)"))
        .containsExactly("1|2|1|2");
    StoreInvariants.all().check(TestStore.database(directory));

    claim(3, 3_100);
    assertThat(store.endedOwnersWithOrphans()).isEmpty();
    StoreInvariants.all().check(TestStore.database(directory));
  }

  /** The same two owners can do it again and again. */
  @Test
  void release_severalTimes_everyMoveIsInTheBooks() throws SQLException {
    for (int round = 1; round <= 4; round++) {
      release();
      claim(2, 3_000);
    }
    assertThat(TestStore.query(directory, "SELECT claim_no, max_attempts FROM deferred_function"))
        .containsExactly("9|5");
    assertThat(
            TestStore.query(
                directory,
                "SELECT id, functions_claimed, functions_released, functions_lost FROM"
                    + " owner_timeline WHERE id <= 2"))
        .containsExactly("1|0|0|5", "2|5|4|0");
    assertThat(
            TestStore.query(
                directory,
                "SELECT event, count(*) FROM function_history WHERE event IN ('claimed',"
                    + " 'released') GROUP BY event"))
        .containsExactly("claimed|5", "released|4");
    StoreInvariants.all().check(TestStore.database(directory));
  }

  @Test
  void release_theFeed_tellsWhoGaveBackAndWhy() throws SQLException {
    release();
    try (Records records =
        Records.open(TestStore.database(directory), "boot", Duration.ofSeconds(10))) {
      List<Event> events = records.read(snapshot -> snapshot.events(Event.BEGINNING, 99));
      assertThat(events)
          .filteredOn(event -> event.kind() == Event.Kind.RELEASED)
          .singleElement()
          .returns(2L, Event::ownerId)
          .returns("1 to owner 1: the path cannot be spelled", Event::detail);
    }
  }

  @Test
  void release_ofWhatWaits_isAllowed() throws SQLException {
    execute(
        "UPDATE deferred_function SET state = 'retry_wait', not_before = 1, started_at = NULL",
        RELEASED.formatted("1"),
        BACK);
    assertThat(store.endedOwnersWithOrphans()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, claim_no, the fence would not change",
    "1, claim_no + 2, a move would be missing",
    "4, claim_no + 1, an ended owner that it does not come from",
  })
  void release_otherwiseThanBack_isRefused(String owner, String claimNo, String why)
      throws SQLException {
    execute(RELEASED.formatted(owner));
    assertGivenBackOnly(RELEASE.formatted(owner, claimNo), why);
  }

  @Test
  void release_withoutAClaimThatSaysSo_isRefused() {
    assertGivenBackOnly(BACK, "the claim is the one by which it came");
  }

  @Test
  void release_toAnOpenOwner_isRefused() throws SQLException {
    execute(RELEASED.formatted("3"));
    assertRefused(
        RELEASE.formatted("3", "claim_no + 1"),
        "only by a claim that also begins it, from an owner");
  }

  @ParameterizedTest
  @ValueSource(strings = {"owner_pid = 101", "owner_boot_id = 'boot-2'"})
  void release_withAnotherProcessThanTheOwners_isRefused(String process) throws SQLException {
    execute(RELEASED.formatted("1"));
    assertGivenBackOnly(BACK.replace("SET ", "SET " + process + ", "), process);
  }

  @Test
  void release_asRunning_isRefused() throws SQLException {
    execute(RELEASED.formatted("1"));
    assertGivenBackOnly(
        "UPDATE deferred_function SET owner_id = 1, claim_no = claim_no + 1, claim_id = 2",
        "running");
  }

  @Test
  void release_fromQuarantine_isRefused() throws SQLException {
    execute(
        "UPDATE deferred_function SET state = 'quarantined', started_at = NULL, finished_at = 1,"
            + " finished_no = (SELECT last + 1 FROM change)",
        "INSERT INTO operator_action (acted_at, os_user, action, function_id, reason)"
            + " VALUES (1, 'alice', 'retry', 1, 'a test')",
        RELEASED.formatted("1"));
    assertGivenBackOnly(
        BACK.replace("SET ", "SET finished_at = NULL, finished_no = NULL, "), "quarantined");
  }

  /** Its own functions were never another's: it closes, and they are orphans. */
  @Test
  void release_ofWhatItHasRegisteredItself_isRefused() throws SQLException {
    long own =
        TestStore.register(store, TestStore.newJob(2), TestStore.CALL, 1, 2_200, false)
            .function()
            .row();
    execute(
        "UPDATE deferred_function SET state = 'running', attempts = 1, started_at = 1 WHERE id = "
            + own,
        RELEASED.formatted("1"));
    assertGivenBackOnly(BACK.replace("WHERE id = 1", "WHERE id = " + own), "its own");
  }

  private void assertGivenBackOnly(String sql, String why) {
    assertRefused(
        sql,
        "a function is given back only to the ended owner from which its owner has claimed it");
    assertThat(store.endedOwnersWithOrphans()).as(why).isEmpty();
  }

  private void assertRefused(String sql, String text) {
    assertThatThrownBy(() -> execute(sql)).as(sql).hasMessageContaining(text);
  }
}
