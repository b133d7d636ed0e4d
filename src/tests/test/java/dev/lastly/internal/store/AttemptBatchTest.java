package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.spi.AttemptStep;
import dev.lastly.internal.spi.EndedAttempt;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.Moment;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Order;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attempts that share a commit leave the same rows as attempts that do not. */
final class AttemptBatchTest {
  private static final AttemptResult DONE =
      new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, null);
  private static final AttemptResult THREW =
      new AttemptResult(
          AttemptOutcome.THREW, FunctionState.RETRY_WAIT, Duration.ofSeconds(7), "no\n at x", null);

  @TempDir private Path directory;
  private Store store;
  private long owner;
  private long job;

  @BeforeEach
  void register() {
    store = TestStore.open(directory);
    owner = TestStore.owner(store);
    job =
        TestStore.register(store, TestStore.newJob(owner), TestStore.CALL, 3, 1_000, false)
            .job()
            .row();
    TestStore.Job row = TestStore.job(job, owner, 1_000);
    TestStore.Job other = TestStore.newJob(owner);
    for (int i = 0; i < 4; i++) { // 2, 4, 6, 8 are the job's; what lies between is not
      TestStore.register(store, other, TestStore.CALL, 3, 1_000, false);
      TestStore.register(store, row, TestStore.CALL, 3, 1_000, false);
    }
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void advance_severalOfAJob_beginTogetherAndLeaveOthersAlone() throws SQLException {
    List<StoredFunction> next = runnable();
    assertThat(begin(next).started()).isEqualTo(next);
    assertThat(states()).containsExactly("deferred|0|4", "running|1|5");
    assertThat(
            query(
                "SELECT function_id, number, owner_id, started_at, outcome FROM function_attempt"))
        .containsExactly(
            "1|1|1|2000|null",
            "3|1|1|2000|null",
            "5|1|1|2000|null",
            "7|1|1|2000|null",
            "9|1|1|2000|null");
  }

  @Test
  void advance_oneWasCancelledMeanwhile_theOthersBegin() throws SQLException {
    List<StoredFunction> next = runnable();
    assertThat(store.cancel(next.get(2).id().row(), owner, 1_500, false)).isTrue();
    assertThat(ids(begin(next).started())).containsExactly(1L, 3L, 7L, 9L);
    assertThat(query("SELECT function_id FROM function_attempt"))
        .containsExactly("1", "3", "7", "9");
  }

  /** It lives, and its rows are still its own; but what has not begun is for others by now. */
  @Test
  void advance_aPersonHasEndedTheOwner_nothingBegins() throws SQLException {
    List<StoredFunction> next = runnable();
    assertThat(store.endOwner(owner, TestStore.owner(store), "forced", "I know", 1_500)).isTrue();
    assertThat(begin(next).started()).isEmpty();
    assertThat(TestStore.advance(store, AttemptStep.begin(next.get(0)), 2_000).started()).isEmpty();
    assertThat(states()).containsExactly("deferred|0|9");
  }

  @Test
  void advance_quickOnes_shareTheirEnd() throws SQLException {
    List<StoredFunction> next = runnable();
    begin(next);
    end(next, 2_001, 0, DONE);
    assertThat(states()).containsExactly("deferred|0|4", "done|1|5");
    assertThat(query("SELECT DISTINCT started_at, finished_at, outcome FROM function_attempt"))
        .containsExactly("2000|2001|returned");
    assertThat(query("SELECT DISTINCT finished_at FROM deferred_function WHERE state = 'done'"))
        .containsExactly("2001");
  }

  @Test
  void advance_slowOnes_haveTheirOwnTimes() throws SQLException {
    List<StoredFunction> next = runnable();
    begin(next);
    end(next, 3_000, 1_000, DONE);
    assertThat(query("SELECT function_id, started_at, finished_at FROM function_attempt"))
        .containsExactly("1|3000|3001", "3|4000|4001", "5|5000|5001", "7|6000|6001", "9|7000|7001");
  }

  @Test
  void advance_oneOfThemFailed_isRecordedAsItEnded() throws SQLException {
    List<StoredFunction> next = runnable();
    begin(next);
    List<EndedAttempt> ended = new ArrayList<>();
    for (StoredFunction f : next) {
      ended.add(
          new EndedAttempt(
              f, f.id().row() == 5 ? THREW : DONE, new Moment(2_001), new Moment(2_001)));
    }
    assertThat(TestStore.advance(store, new AttemptStep(ended, List.of(), null), 2_002).lost())
        .isEmpty();
    assertThat(states()).containsExactly("deferred|0|4", "done|1|4", "retry_wait|1|1");
    assertThat(query("SELECT outcome, error FROM function_attempt WHERE function_id = 5"))
        .containsExactly("threw|no\n at x");
  }

  @Test
  void advance_oneWasTakenAway_isReportedAsLostAndNotTouched() throws SQLException {
    List<StoredFunction> next = runnable();
    begin(next);
    TestStore.execute(
        directory,
        "DROP TRIGGER function_changes_owner_by_claim",
        "UPDATE deferred_function SET claim_no = 1 WHERE id = 5");
    List<EndedAttempt> ended = ended(next, 2_001, 0, DONE);
    AttemptStep.Result advance =
        TestStore.advance(store, new AttemptStep(ended, List.of(), null), 2_002);
    assertThat(advance.lost()).containsExactly(ended.get(2));
    assertThat(query("SELECT state FROM deferred_function WHERE id = 5"))
        .containsExactly("running");
    assertThat(query("SELECT count(*) FROM function_attempt WHERE outcome IS NULL"))
        .containsExactly("1");
  }

  @Test
  void mayShare_onlyFirstAttemptsOfWhatHasAnother() {
    StoredFunction first = runnable().get(0);
    assertThat(AttemptStep.mayShare(first)).isTrue();
    assertThat(AttemptStep.mayShare(with(first, 0, 1))).isFalse();
    assertThat(AttemptStep.mayShare(with(first, 1, 3))).isFalse();
  }

  private static StoredFunction with(StoredFunction f, int attempts, int maxAttempts) {
    return new StoredFunction(f.id(), f.job(), f.fence(), f.call(), attempts, maxAttempts);
  }

  private List<StoredFunction> runnable() {
    return store.runnable(owner, job, Order.REGISTRATION, 0, 2_000, 64);
  }

  private AttemptStep.Result begin(List<StoredFunction> next) {
    return TestStore.advance(store, new AttemptStep(List.of(), next, new JobId(job)), 2_000);
  }

  private void end(List<StoredFunction> next, long first, long step, AttemptResult result) {
    List<EndedAttempt> ended = ended(next, first, step, result);
    assertThat(TestStore.advance(store, new AttemptStep(ended, List.of(), null), 9_000).lost())
        .isEmpty();
  }

  private static List<EndedAttempt> ended(
      List<StoredFunction> next, long first, long step, AttemptResult result) {
    List<EndedAttempt> ended = new ArrayList<>();
    for (StoredFunction f : next) {
      long at = first + ended.size() * step;
      ended.add(new EndedAttempt(f, result, new Moment(at), new Moment(at + (step > 0 ? 1 : 0))));
    }
    return ended;
  }

  private static List<Long> ids(List<StoredFunction> functions) {
    return functions.stream().map(f -> f.id().row()).toList();
  }

  private List<String> states() throws SQLException {
    return query("SELECT state, attempts, count(*) FROM deferred_function GROUP BY 1, 2");
  }

  private List<String> query(String sql) throws SQLException {
    return TestStore.query(directory, sql);
  }
}
