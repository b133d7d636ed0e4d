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
 * The reference part of {@code docs/schema.md}. Names, types, conditions and texts come from the
 * live schema, in its order; their descriptions are kept from the page, where people write them.
 */
final class SchemaReference {
  /** A placeholder for a description that is not written yet. */
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
      case "tables" -> sections("table", List.of("column", "type", "meaning"), old);
      case "views" -> sections("view", List.of("column", "meaning"), old);
      case "indexes" -> indexes(meanings(old, 2));
      case "triggers" -> triggers(meanings(old, 2));
      default -> throw new AssertionError("nobody knows how to generate '" + name + "'");
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

  private String sections(String type, List<String> heading, String old) throws SQLException {
    List<String> sections = new ArrayList<>();
    for (String name : schema.names(type)) {
      String section = section(old, name);
      String prose = section.replaceAll("(?ms)^\\|.*", "").strip();
      Map<String, String> meanings = meanings(section, heading.size() - 1);
      String checks =
          schema.checks(name).stream().map(c -> "`" + c + "`").collect(Collectors.joining("; "));
      sections.add(
          "### `%s`\n\n%s\n\n%s%s"
              .formatted(
                  name,
                  prose.isEmpty() ? MISSING : prose,
                  Markdown.table(heading, rows(schema.columns(name), meanings)),
                  checks.isEmpty() ? "" : "\nChecks: " + checks + ".\n"));
    }
    return String.join("\n", sections);
  }

  private static String section(String text, String name) {
    Matcher section = Pattern.compile("(?ms)^### `" + name + "`\n(.*?)(?=^### |\\z)").matcher(text);
    return section.find() ? section.group(1) : "";
  }

  /** Neighbours that are described with the same words share a row. */
  private static List<List<String>> rows(List<Column> columns, Map<String, String> meanings) {
    List<List<String>> rows = new ArrayList<>();
    for (Column column : columns) {
      List<String> rest = new ArrayList<>(List.of(meaning(meanings, column.name())));
      if (!column.type().isEmpty()) {
        rest.add(0, column.type());
      }
      String names = "`" + column.name() + "`";
      int last = rows.size() - 1;
      if (last >= 0
          && !rest.contains(MISSING)
          && rows.get(last).subList(1, rows.get(last).size()).equals(rest)) {
        names = rows.remove(last).get(0) + ", " + names;
      }
      rest.add(0, names);
      rows.add(rest);
    }
    return rows;
  }

  private String indexes(Map<String, String> meanings) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    for (String name : schema.names("index")) {
      String on = "`" + schema.indexed(name) + "`";
      rows.add(List.of("`" + name + "`", on, meaning(meanings, name)));
    }
    return Markdown.table(List.of("index", "on", "for"), rows);
  }

  private String triggers(Map<String, String> meanings) throws SQLException {
    List<List<String>> rows = new ArrayList<>();
    for (String name : schema.names("trigger")) {
      List<String> says = schema.messages(name);
      rows.add(
          List.of(
              "`" + name + "`",
              schema.fires(name),
              meaning(meanings, name),
              says.isEmpty() ? "" : "“" + String.join("” or “", says) + "”"));
    }
    return Markdown.table(List.of("trigger", "fires", "refuses, or does", "says"), rows);
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
