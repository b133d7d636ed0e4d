package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hot queries stay fast with a million finished rows because they never see one. */
final class QueryPlanTest {
  @TempDir private Path directory;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "RUNNABLE_NEWEST_FIRST | function_unfinished (owner_id=? AND job_id=? AND id<?)",
        "RUNNABLE_OLDEST_FIRST | function_unfinished (owner_id=? AND job_id=? AND id>?)",
        "DUE_JOBS | function_retry (owner_id=? AND not_before<?)",
        "ORPHANED_JOBS | function_unfinished (owner_id=? AND job_id>?)",
        "ORPHANED_CODE | function_unfinished (owner_id=? AND job_id>? AND job_id<?)",
        "CUT_OFF | function_unfinished (owner_id=? AND job_id>? AND job_id<?)",
        "MOVE | function_unfinished (owner_id=? AND job_id>? AND job_id<?)",
        "BEGIN_BATCH | function_of_job (job_id=? AND rowid>? AND rowid<?)",
        "INSERT_BATCH | function_of_job (job_id=? AND rowid>? AND rowid<?)",
        "CLOSE_BATCH | function_of_job (job_id=? AND rowid>? AND rowid<?)",
        "COMPLETE_BATCH | function_of_job (job_id=? AND rowid>? AND rowid<?)",
        "OWNERS_WITH_ORPHANS | owner_left_orphans",
        "NEXT_DUE | function_retry (owner_id=?)",
        "SETTLE | function_unfinished (owner_id=?)",
        "OPEN_OWNERS | owner_open",
        "OLD_FUNCTIONS | function_finished (finished_at<?)",
        "FIRST_BEYOND | function_finished",
        "OLD_OWNERS | owner_ended (closed_at>? AND closed_at<?)",
        "EMPTY_JOBS | job_opened_by (opened_by=?)",
      })
  void hotQuery_usesItsIndex(String query, String index) throws SQLException {
    List<String> plan = plan(sql(query));
    assertThat(plan).as(query).anyMatch(line -> line.contains("INDEX " + index));
    assertThat(plan)
        .as(query)
        .noneMatch(line -> line.matches("SCAN (deferred_function|f|owner|o|attempt|job|j|claim)"))
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
        "SELECT 1 FROM claimed_job WHERE claim_id = 1 | claimed_job_by_claim (claim_id=?)",
        "SELECT 1 FROM owner WHERE ended_by = 1 | owner_ended_by (ended_by=?)",
        "SELECT 1 FROM unresolvable_function WHERE reported_by = 1 | unresolvable_reported_by"
            + " (reported_by=?)",
        "SELECT 1 FROM operator_action WHERE function_id = 1 | operator_action_function"
            + " (function_id=?)",
      })
  void conditionOfATrigger_usesItsIndex(String query, String index) throws SQLException {
    assertThat(plan(query)).singleElement().asString().contains("INDEX " + index);
  }

  private static String sql(String name) {
    return switch (name) {
      case "RUNNABLE_NEWEST_FIRST" -> FunctionTable.RUNNABLE_NEWEST_FIRST;
      case "RUNNABLE_OLDEST_FIRST" -> FunctionTable.RUNNABLE_OLDEST_FIRST;
      case "DUE_JOBS" -> FunctionTable.DUE_JOBS;
      case "ORPHANED_JOBS" -> ClaimTable.ORPHANED_JOBS;
      case "ORPHANED_CODE" -> ClaimTable.ORPHANED_CODE;
      case "CUT_OFF" -> ClaimTable.CUT_OFF;
      case "MOVE" -> ClaimTable.MOVE;
      case "BEGIN_BATCH" -> AttemptBatch.BEGIN;
      case "INSERT_BATCH" -> AttemptBatch.INSERT;
      case "CLOSE_BATCH" -> AttemptBatch.CLOSE;
      case "COMPLETE_BATCH" -> AttemptBatch.COMPLETE;
      case "OWNERS_WITH_ORPHANS" -> OwnerTable.OWNERS_WITH_ORPHANS;
      case "NEXT_DUE" -> FunctionTable.NEXT_DUE;
      case "SETTLE" -> OwnerTable.SETTLE;
      case "OPEN_OWNERS" -> OwnerTable.OPEN_OWNERS;
      case "OLD_FUNCTIONS" -> PruneTable.OLD_FUNCTIONS;
      case "FIRST_BEYOND" -> PruneTable.FIRST_BEYOND;
      case "OLD_OWNERS" -> PruneTable.OLD_OWNERS;
      case "EMPTY_JOBS" -> PruneTable.EMPTY_JOBS;
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
