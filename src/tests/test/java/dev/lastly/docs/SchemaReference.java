package dev.lastly.docs;

import dev.lastly.docs.LiveSchema.Column;
import dev.lastly.model.FunctionState;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The reference part of {@code docs/schema.md}. Names and types come from the live schema, in its
 * order; what they mean is kept from the page itself, where people write it.
 */
final class SchemaReference {
  /** Marks a name without a meaning. */
  static final String MISSING = "(not described yet)";

  private static final Pattern REGION =
      Pattern.compile("(?ms)^(<!-- generated: (\\w+) [^\\n]*-->\\n)(.*?)^(<!-- end -->)$");

  private final Markdown page;
  private final LiveSchema schema;

  SchemaReference(Markdown page, LiveSchema schema) {
    this.page = page;
    this.schema = schema;
  }

  /** The page as it should be. */
  String text() throws SQLException {
    Matcher region = REGION.matcher(page.text());
    StringBuilder text = new StringBuilder();
    while (region.find()) {
      String generated = generated(region.group(2), region.group(3));
      String whole = region.group(1) + "\n" + generated + "\n" + region.group(4);
      region.appendReplacement(text, Matcher.quoteReplacement(whole));
    }
    return region.appendTail(text).toString();
  }

  private String generated(String name, String old) throws SQLException {
    return switch (name) {
      case "numbers" -> numbers();
      case "states" -> states(meanings(old, 1));
      case "tables" -> sections("table", old);
      case "views" -> sections("view", old);
      default -> throw new AssertionError("nothing generates the region '" + name + "'");
    };
  }

  private String numbers() throws SQLException {
    return Markdown.table(
        List.of("pragma", "value"),
        List.of(
            List.of("`application_id`", schema.number("application_id")),
            List.of("`user_version`", schema.number("user_version"))));
  }

  private String states(Map<String, String> meanings) {
    List<List<String>> rows = new ArrayList<>();
    for (FunctionState state : FunctionState.values()) {
      String next =
          Arrays.stream(FunctionState.values())
              .filter(state.successors()::contains)
              .map(to -> "`" + to.columnValue() + "`")
              .collect(Collectors.joining(", "));
      String name = state.columnValue();
      rows.add(List.of("`" + name + "`", meaning(meanings, name), next.isEmpty() ? "final" : next));
    }
    return Markdown.table(List.of("state", "meaning", "may become"), rows);
  }

  private String sections(String type, String old) throws SQLException {
    List<String> sections = new ArrayList<>();
    for (String name : schema.names(type)) {
      String section = section(old, name);
      String prose = section.replaceAll("(?ms)^\\|.*", "").strip();
      Map<String, String> meanings = meanings(section, 1);
      sections.add(
          "### `%s`\n\n%s\n\n%s"
              .formatted(
                  name,
                  prose.isEmpty() ? MISSING : prose,
                  Markdown.table(
                      List.of("column", "meaning"), rows(schema.columns(name), meanings))));
    }
    return String.join("\n", sections);
  }

  private static String section(String text, String name) {
    Matcher section = Pattern.compile("(?ms)^### `" + name + "`\n(.*?)(?=^### |\\z)").matcher(text);
    return section.find() ? section.group(1) : "";
  }

  /** Neighbours of one type and meaning share a row; in a view, all columns of one meaning. */
  private static List<List<String>> rows(List<Column> columns, Map<String, String> meanings) {
    List<Row> rows = new ArrayList<>();
    for (Column column : columns) {
      String type = column.type().replaceFirst("^INTEGER,? ?", "");
      Row row = new Row("`" + column.name() + "`", type, meaning(meanings, column.name()));
      int same = column.type().isEmpty() ? 0 : Math.max(0, rows.size() - 1);
      while (same < rows.size() && !rows.get(same).isDescribedAs(row)) {
        same++;
      }
      if (same < rows.size()) {
        rows.set(same, row.after(rows.get(same)));
      } else {
        rows.add(row);
      }
    }
    return rows.stream().map(Row::cells).toList();
  }

  /** Columns that share a row of a table. */
  private record Row(String names, String type, String meaning) {
    boolean isDescribedAs(Row other) {
      return type.equals(other.type) && meaning.equals(other.meaning) && !meaning.equals(MISSING);
    }

    Row after(Row other) {
      return new Row(other.names + ", " + names, type, meaning);
    }

    List<String> cells() {
      return List.of(type.isEmpty() ? names : names + " " + type, meaning);
    }
  }

  /** What the page says of each name in the first cells of its tables. */
  private static Map<String, String> meanings(String text, int cell) {
    Map<String, String> meanings = new HashMap<>();
    for (List<String> row : Markdown.rows(text)) {
      Markdown.code(row.get(0)).forEach(name -> meanings.put(name, row.get(cell).strip()));
    }
    return meanings;
  }

  private static String meaning(Map<String, String> meanings, String name) {
    return meanings.getOrDefault(name, MISSING);
  }
}
