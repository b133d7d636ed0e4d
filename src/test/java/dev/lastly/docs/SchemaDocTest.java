package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/schema.md} names what is in a live database, and nothing else. */
class SchemaDocTest {
  private static final String OURS = "name NOT LIKE 'sqlite_%' AND name NOT LIKE 'flyway_%'";

  @TempDir private Path base;

  @Test
  void tables_liveDatabase_eachWithItsColumns() throws Exception {
    Markdown doc = Markdown.read("docs/schema.md");
    assertThat(headings(doc.section("## Tables")))
        .containsExactlyInAnyOrderElementsOf(live("table"));
    for (String table : live("table")) {
      assertThat(Markdown.firstCells(doc.section("### `" + table + "`")))
          .as(table)
          .containsExactlyElementsOf(columns(table));
    }
  }

  @Test
  void views_liveDatabase_eachWithItsColumns() throws Exception {
    Markdown doc = Markdown.read("docs/schema.md");
    assertThat(headings(doc.section("## Views"))).containsExactlyInAnyOrderElementsOf(live("view"));
    for (String view : live("view")) {
      assertThat(Markdown.firstCells(doc.section("### `" + view + "`")))
          .as(view)
          .containsExactlyInAnyOrderElementsOf(columns(view));
    }
  }

  @Test
  void indexesAndTriggers_liveDatabase_eachIsNamed() throws Exception {
    Markdown doc = Markdown.read("docs/schema.md");
    assertThat(Markdown.firstCells(doc.section("## Indexes")))
        .containsExactlyInAnyOrderElementsOf(live("index"));
    assertThat(Markdown.firstCells(doc.section("## Triggers")))
        .containsExactlyInAnyOrderElementsOf(live("trigger"));
  }

  @Test
  void states_tableOfMoves_sameAsInTheCode() throws Exception {
    Map<String, List<String>> expected = new TreeMap<>();
    for (FunctionState state : FunctionState.values()) {
      expected.put(
          state.columnValue(),
          state.successors().stream().map(FunctionState::columnValue).sorted().toList());
    }
    Map<String, List<String>> documented = new TreeMap<>();
    for (List<String> row : Markdown.rows(Markdown.read("docs/schema.md").section("## States"))) {
      documented.put(
          Markdown.code(row.get(0)).get(0), Markdown.code(row.get(2)).stream().sorted().toList());
    }
    assertThat(documented).isEqualTo(expected);
  }

  @Test
  void outcomes_columnOfAttempt_allNamed() throws Exception {
    String section = Markdown.read("docs/schema.md").section("### `attempt`");
    assertThat(Markdown.code(section))
        .containsAll(
            Arrays.stream(AttemptOutcome.values()).map(AttemptOutcome::columnValue).toList());
  }

  private static List<String> headings(String section) {
    return section
        .lines()
        .filter(line -> line.startsWith("### `"))
        .flatMap(line -> Markdown.code(line).stream())
        .toList();
  }

  private List<String> live(String type) throws SQLException {
    return column(
        "SELECT name FROM sqlite_schema WHERE type = '"
            + type
            + "' AND "
            + OURS
            + " ORDER BY name");
  }

  private List<String> columns(String table) throws SQLException {
    return column("SELECT name FROM pragma_table_info('" + table + "') ORDER BY cid");
  }

  private List<String> column(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + base.resolve("deferred/deferred.db"));
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      assertThat(manager.ownerId()).isPositive();
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }
}
