package dev.lastly.docs;

import dev.lastly.docs.LiveSchema.Column;
import dev.lastly.model.FunctionState;
import java.sql.SQLException;
import java.util.ArrayList;
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

  private static final Pattern LINE =
      Pattern.compile("(?m)^- (`\\w+`(?:, `\\w+`)*)(?: \\([^)]*\\))?: (.+)$");

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
      case "states" -> states(meaningsOfStates(old));
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
    for (FunctionState state : FunctionState.ofANode()) {
      String next =
          FunctionState.ofANode().stream()
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
      String prose = section.replaceAll("(?ms)^- `.*", "").strip();
      sections.add(
          "### `%s`\n\n%s\n\n%s"
              .formatted(
                  name,
                  prose.isEmpty() ? MISSING : prose,
                  columns(schema.columns(name), meanings(section))));
    }
    return String.join("\n", sections);
  }

  private static String section(String text, String name) {
    Matcher section = Pattern.compile("(?ms)^### `" + name + "`\n(.*?)(?=^### |\\z)").matcher(text);
    return section.find() ? section.group(1) : "";
  }

  /** Neighbours of one type and meaning share a line; in a view, all columns of one meaning. */
  private static String columns(List<Column> columns, Map<String, String> meanings) {
    List<Line> lines = new ArrayList<>();
    for (Column column : columns) {
      String type = column.type().replaceFirst("^INTEGER,? ?", "");
      Line line = new Line("`" + column.name() + "`", type, meaning(meanings, column.name()));
      int same = column.type().isEmpty() ? 0 : Math.max(0, lines.size() - 1);
      while (same < lines.size() && !lines.get(same).isDescribedAs(line)) {
        same++;
      }
      if (same < lines.size()) {
        lines.set(same, line.after(lines.get(same)));
      } else {
        lines.add(line);
      }
    }
    return lines.stream().map(Line::text).collect(Collectors.joining());
  }

  /** Columns that share a line. */
  private record Line(String names, String type, String meaning) {
    boolean isDescribedAs(Line other) {
      return type.equals(other.type) && meaning.equals(other.meaning) && !meaning.equals(MISSING);
    }

    Line after(Line other) {
      return new Line(other.names + ", " + names, type, meaning);
    }

    String text() {
      return "- " + names + (type.isEmpty() ? "" : " (" + type + ")") + ": " + meaning + "\n";
    }
  }

  /** What the page says of each column. */
  private static Map<String, String> meanings(String text) {
    Map<String, String> meanings = new HashMap<>();
    LINE.matcher(text)
        .results()
        .forEach(
            line ->
                Markdown.code(line.group(1))
                    .forEach(name -> meanings.put(name, line.group(2).strip())));
    return meanings;
  }

  private static Map<String, String> meaningsOfStates(String text) {
    Map<String, String> meanings = new HashMap<>();
    for (List<String> row : Markdown.rows(text)) {
      Markdown.code(row.get(0)).forEach(name -> meanings.put(name, row.get(1).strip()));
    }
    return meanings;
  }

  private static String meaning(Map<String, String> meanings, String name) {
    return meanings.getOrDefault(name, MISSING);
  }
}
