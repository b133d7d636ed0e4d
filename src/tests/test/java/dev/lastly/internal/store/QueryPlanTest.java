package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionState;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Frequent queries read no finished row, so a million of them cost nothing. */
final class QueryPlanTest {
  @TempDir private Path directory;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "RUNNABLE_NEWEST_FIRST | function_unfinished (owner_id=? AND job_id=? AND id<?)",
        "RUNNABLE_OLDEST_FIRST | function_unfinished (owner_id=? AND job_id=? AND id>?)",
        "FIND_CODE | code_once (function=? AND name=? AND origin=? AND <expr>=?)",
        "OPEN_JOBS | function_unfinished (owner_id=?)",
        "DUE_JOBS | function_retry (owner_id=? AND not_before<?)",
        "ORPHANS_NEWEST_FIRST | function_unfinished (owner_id=? AND job_id<?)",
        "ORPHANS_OLDEST_FIRST | function_unfinished (owner_id=? AND job_id>?)",
        "IS_BUSY | function_unfinished (owner_id=? AND job_id=?)",
        "NEXT_ORPHAN_DUE | function_retry (owner_id=? AND not_before>?)",
        "OWNERS_WITH_ORPHANS | owner_left_orphans",
        "NEXT_DUE | function_retry (owner_id=? AND not_before>?)",
        "WAITING | function_retry (owner_id=?)",
        "TOO_LONG_WAITS | function_retry (owner_id=?)",
        "FIRST | function_runs_first (owner_id=? AND job_id=?)",
        "FIRST_ORPHANS | function_runs_first (owner_id=? AND job_id=?)",
        "HAS_FIRST | function_runs_first (owner_id=?)",
        "HANDED_OVER | function_unfinished (owner_id=? AND job_id=?)",
        "SETTLE | function_unfinished (owner_id=?)",
        "OPEN_OWNERS | owner_open",
        "FINISHED_FIRST | function_finished (finished_no>?)",
        "FIRST_BEYOND | function_finished (finished_no>?)",
        "OLD_OWNERS | owner_ended (closed_at>? AND closed_at<?)",
        "EMPTY_JOBS | job_opened_by (opened_by=?)",
        "UNFINISHED | function_unfinished",
        "QUARANTINED | function_quarantined",
        "GIVEN_UP | function_given_up",
        "ORPHANS | function_unfinished (owner_id=?)",
        "ORPHANS_OF | function_unfinished (owner_id=?)",
        "OLDEST_ORPHAN | function_unfinished (owner_id=?)",
      })
  void hotQuery_usesItsIndex(String query, String index) throws SQLException {
    List<String> plan = plan(sql(query));
    assertThat(plan).as(query).anyMatch(line -> line.contains("INDEX " + index));
    assertThat(plan)
        .as(query)
        .noneMatch(
            line -> line.matches("SCAN (deferred_function|f|owner|o|attempt|job|j|claim|code)"))
        .noneMatch(line -> line.contains("TEMP B-TREE FOR ORDER BY"));
  }

  /** What triggers look for when a row is pruned or moved by a person, one line each. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "SELECT 1 FROM deferred_function WHERE job_id = 1 | function_of_job (job_id=?)",
        "SELECT 1 FROM job WHERE opened_by = 1 | job_opened_by (opened_by=?)",
        "SELECT 1 FROM claim WHERE from_owner = 1 | claim_from_owner (from_owner=?)",
        "SELECT 1 FROM claim WHERE to_owner = 1 | claim_to_owner (to_owner=?)",
        "SELECT 1 FROM claim WHERE job_id = 1 | claim_of_job (job_id=?)",
        "SELECT 1 FROM owner WHERE ended_by = 1 | owner_ended_by (ended_by=?)",
        "SELECT 1 FROM unresolvable_function WHERE reported_by = 1 | unresolvable_reported_by"
            + " (reported_by=?)",
        "SELECT 1 FROM operator_action WHERE function_id = 1 | operator_action_function"
            + " (function_id=?)",
      })
  void conditionOfATrigger_usesItsIndex(String query, String index) throws SQLException {
    assertThat(plan(query)).singleElement().asString().contains("INDEX " + index);
  }

  /** What an auditor reads, again and again, beside any number of rows that he has seen before. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "OWNER_PAGE | SEARCH o USING INTEGER PRIMARY KEY (rowid>?)",
        "REGISTERED | SEARCH f USING INTEGER PRIMARY KEY (rowid>?)",
      })
  void auditQuery_seeksItsFirstRow(String query, String seek) throws SQLException {
    List<String> plan = plan(sql(query));
    assertThat(plan).as(query).first().asString().isEqualTo(seek);
    assertThat(plan).as(query).noneMatch(line -> line.startsWith("SCAN"));
    assertThat(plan).as(query).noneMatch(line -> line.contains("TEMP B-TREE"));
  }

  /** Changes are found by their numbers, and the numbers at the ends of their indexes. */
  @ParameterizedTest
  @ValueSource(strings = {"CHANGES", "NEXT_NUMBER", "LAST_CHANGE", "ATTEMPTS", "CLAIMS"})
  void history_readsNoTableThrough(String query) throws SQLException {
    assertThat(plan(sql(query)))
        .noneMatch(
            line ->
                line.matches(
                    "SCAN (deferred_function|f|attempt|a|owner|o|claim|k|code|operator_action|p2)"));
  }

  @Test
  void batch_isFoundByItsIds() throws SQLException {
    for (String sql :
        List.of(AttemptTable.BEGIN_ALL, AttemptTable.FINISH_ALL, ClaimTable.CLAIM_ALL)) {
      assertThat(plan(sql))
          .as(sql)
          .contains("SEARCH deferred_function USING INTEGER PRIMARY KEY (rowid=?)");
    }
  }

  /** Whatever few rows are wanted, none of a million others is read for them. */
  @ParameterizedTest
  @MethodSource("filters")
  void functionPage_ofFew_comesFromTheIndexThatHasOnlyThose(FunctionFilter filter, String index)
      throws SQLException {
    List<String> plan =
        plan(
            FunctionPage.of(
                    filter,
                    new FunctionPage.Surroundings(
                        new OwnerVerdicts(Map.of(3L, ""), Map.of()), Path.of("/")),
                    0,
                    10)
                .sql());
    assertThat(plan).as(filter.toString()).anyMatch(line -> line.contains(index));
    assertThat(plan)
        .as(filter.toString())
        .noneMatch(
            line ->
                line.matches(
                    "SCAN (deferred_function|f|x)( USING COVERING INDEX function_of_job)?"));
  }

  static Stream<Arguments> filters() {
    FunctionFilter all = FunctionFilter.all();
    return Stream.of(
        Arguments.of(all, "SEARCH f USING INTEGER PRIMARY KEY (rowid>?)"),
        Arguments.of(all.states(Set.of(FunctionState.DEFERRED)), "INDEX function_unfinished"),
        Arguments.of(
            all.states(Set.of(FunctionState.RUNNING)).owner(1), "function_unfinished (owner_id=?"),
        Arguments.of(all.states(Set.of(FunctionState.QUARANTINED)), "INDEX function_quarantined"),
        Arguments.of(all.states(Set.of(FunctionState.DISCARDED)), "INDEX function_given_up"),
        Arguments.of(all.orphaned(), "function_unfinished (owner_id=?)"));
  }

  private static String sql(String name) {
    return switch (name) {
      case "RUNNABLE_NEWEST_FIRST" -> FunctionTable.RUNNABLE_NEWEST_FIRST;
      case "RUNNABLE_OLDEST_FIRST" -> FunctionTable.RUNNABLE_OLDEST_FIRST;
      case "FIND_CODE" -> Registrar.FIND_CODE;
      case "OPEN_JOBS" -> FunctionTable.OPEN_JOBS;
      case "DUE_JOBS" -> FunctionTable.DUE_JOBS;
      case "ORPHANS_NEWEST_FIRST" -> ClaimTable.ORPHANS_NEWEST_FIRST;
      case "ORPHANS_OLDEST_FIRST" -> ClaimTable.ORPHANS_OLDEST_FIRST;
      case "IS_BUSY" -> ClaimTable.IS_BUSY;
      case "NEXT_ORPHAN_DUE" -> ClaimTable.NEXT_DUE;
      case "OWNERS_WITH_ORPHANS" -> OwnerTable.OWNERS_WITH_ORPHANS;
      case "NEXT_DUE" -> FunctionTable.NEXT_DUE;
      case "WAITING" -> FunctionTable.WAITING;
      case "TOO_LONG_WAITS" -> FunctionTable.TOO_LONG_WAITS;
      case "FIRST" -> FunctionTable.FIRST;
      case "FIRST_ORPHANS" -> ClaimTable.FIRST_ORPHANS;
      case "HAS_FIRST" -> ClaimTable.HAS_FIRST;
      case "HANDED_OVER" -> HandOver.COPY;
      case "SETTLE" -> OwnerTable.SETTLE;
      case "OPEN_OWNERS" -> OwnerTable.OPEN_OWNERS;
      case "FINISHED_FIRST" -> Pruning.FINISHED_FIRST;
      case "FIRST_BEYOND" -> Pruning.FIRST_BEYOND;
      case "OLD_OWNERS" -> Pruning.OLD_OWNERS;
      case "EMPTY_JOBS" -> Pruning.EMPTY_JOBS;
      case "UNFINISHED" -> CountTable.UNFINISHED;
      case "QUARANTINED" -> CountTable.QUARANTINED;
      case "GIVEN_UP" -> CountTable.GIVEN_UP;
      case "ORPHANS" -> CountTable.ORPHANS;
      case "ORPHANS_OF" -> CountTable.ORPHANS_OF;
      case "OLDEST_ORPHAN" -> CountTable.OLDEST_ORPHAN;
      case "OWNER_PAGE" -> OwnerTable.OWNER_PAGE;
      case "ATTEMPTS" -> SqlSnapshot.ATTEMPTS;
      case "CLAIMS" -> SqlSnapshot.CLAIMS;
      case "CHANGES" -> EventFeed.CHANGES;
      case "NEXT_NUMBER" -> EventFeed.NEXT_NUMBER;
      case "LAST_CHANGE" -> "SELECT last FROM change";
      case "REGISTERED" -> EventFeed.REGISTERED;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private List<String> plan(String sql) throws SQLException {
    TestStore.open(directory).close();
    try (Connection connection = TestStore.connect(directory);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("EXPLAIN QUERY PLAN " + sql)) {
      List<String> lines = new ArrayList<>();
      while (rows.next()) {
        lines.add(rows.getString("detail"));
      }
      return lines;
    }
  }
}
