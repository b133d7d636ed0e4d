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
        "OWNERS_WITH_ORPHANS | owner_left_orphans",
        "NEXT_DUE | function_retry (owner_id=?)",
        "SETTLE | function_unfinished (owner_id=?)",
        "OPEN_OWNERS | owner_open",
      })
  void hotQuery_usesItsIndex(String query, String index) throws SQLException {
    List<String> plan = plan(sql(query));
    assertThat(plan).as(query).anyMatch(line -> line.contains("INDEX " + index));
    assertThat(plan)
        .as(query)
        .noneMatch(line -> line.matches("SCAN (deferred_function|f|owner|o|attempt)"));
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
      case "OWNERS_WITH_ORPHANS" -> OwnerTable.OWNERS_WITH_ORPHANS;
      case "NEXT_DUE" -> FunctionTable.NEXT_DUE;
      case "SETTLE" -> OwnerTable.SETTLE;
      case "OPEN_OWNERS" -> OwnerTable.OPEN_OWNERS;
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
