package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.docs.LiveSchema.Column;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/schema.md} says what a live database has, and describes all of it. */
class SchemaDocTest {
  private static final String PAGE = "docs/schema.md";
  private static final Path STABLE =
      Markdown.ROOT.resolve("src/tests/test/resources/dev/lastly/docs/stable-names.txt");

  @TempDir private static Path base;
  private static LiveSchema schema;

  @BeforeAll
  static void open() throws SQLException {
    schema = LiveSchema.create(base);
  }

  @AfterAll
  static void close() throws SQLException {
    schema.close();
  }

  @Test
  void reference_liveDatabase_isGeneratedFromIt() throws Exception {
    Markdown page = Markdown.read(PAGE);
    page.requireSame(new SchemaReference(page, schema).text());
  }

  @Test
  void reference_everything_isDescribed() throws Exception {
    assertThat(Markdown.read(PAGE).text().lines())
        .as("write in %s what these are for", PAGE)
        .noneMatch(line -> line.contains(SchemaReference.MISSING));
  }

  /** Only a new major version may remove a name, and then also from the list. */
  @Test
  void names_thatOthersBuildOn_areAllThere() throws Exception {
    SortedSet<String> live = names();
    if (Markdown.isWriting()) {
      live.addAll(listed());
      Files.createDirectories(STABLE.getParent());
      Files.write(STABLE, live);
    }
    assertThat(names())
        .as("a stable name has gone: only a major version may do that")
        .containsAll(listed());
    assertThat(listed()).as("run `make docs` to list new names").containsAll(names());
  }

  @Test
  void outcomes_columnOfAttempt_allNamed() throws Exception {
    String section = Markdown.read(PAGE).section("### `attempt`");
    assertThat(Markdown.code(section))
        .containsAll(
            Arrays.stream(AttemptOutcome.values()).map(AttemptOutcome::columnValue).toList());
  }

  private static List<String> listed() throws IOException {
    return Files.exists(STABLE) ? Files.readAllLines(STABLE) : List.of();
  }

  private static SortedSet<String> names() throws SQLException {
    SortedSet<String> names = new TreeSet<>();
    for (String type : List.of("table", "view")) {
      for (String name : schema.names(type)) {
        for (Column column : schema.columns(name)) {
          names.add(type + " " + name + "." + column.name());
        }
      }
    }
    for (FunctionState state : FunctionState.ofANode()) {
      names.add("state " + state.columnValue());
    }
    return names;
  }
}
