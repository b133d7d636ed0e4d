package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A page of the documentation. */
record Markdown(Path file, String text) {
  static final Path ROOT = Path.of(System.getProperty("lastly.basedir", "")).toAbsolutePath();

  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  static Markdown read(String file) throws IOException {
    Path path = ROOT.resolve(file);
    return new Markdown(path, Files.readString(path));
  }

  /**
   * Whether the generated parts of pages are to be written instead of compared: {@code make docs}.
   */
  static boolean isWriting() {
    return Boolean.getBoolean("lastly.docs.write");
  }

  /** Holds the page against what it should be, or writes it. */
  void requireSame(String expected) throws IOException {
    if (isWriting()) {
      Files.writeString(file, expected);
    }
    assertThat(Files.readString(file))
        .as("%s is generated: run `make docs`, then read what has changed", file.getFileName())
        .isEqualTo(expected);
  }

  /** A table; cells are escaped. Without rows, a sentence that says so. */
  static String table(List<String> heading, List<List<String>> rows) {
    if (rows.isEmpty()) {
      return "No row.\n";
    }
    StringBuilder table = new StringBuilder();
    table.append(line(heading)).append("|---".repeat(heading.size())).append("|\n");
    rows.forEach(row -> table.append(line(row)));
    return table.toString();
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|"))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  /** The text between a heading and the next one of the same or a higher level. */
  String section(String heading) {
    int start = ("\n" + text).indexOf("\n" + heading + "\n");
    if (start < 0) {
      throw new AssertionError(file + " has no heading '" + heading + "'");
    }
    int level = heading.indexOf(' ');
    String rest = text.substring(start + heading.length() + 1);
    MatchResult end =
        Pattern.compile("(?m)^#{1," + level + "} ")
            .matcher(rest)
            .results()
            .findFirst()
            .orElse(null);
    return end == null ? rest : rest.substring(0, end.start());
  }

  /** The fenced blocks of a language. */
  List<String> blocks(String language) {
    return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$")
        .matcher(text)
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  /** The cells of each table line of a text, without headings and rulers. */
  static List<List<String>> rows(String text) {
    List<List<String>> rows = new ArrayList<>();
    for (String line : text.split("\n", -1)) {
      if (line.startsWith("| ")) {
        String[] cells =
            line.substring(1, line.lastIndexOf('|')).strip().split(" *(?<!\\\\)\\| *", -1);
        rows.add(List.of(cells));
      } else if (line.startsWith("|-") && !rows.isEmpty()) {
        rows.remove(rows.size() - 1);
      }
    }
    return rows;
  }

  /** What a text sets in code font. */
  static List<String> code(String text) {
    return CODE.matcher(text).results().map(match -> match.group(1)).toList();
  }

  /** What the first cells of the tables set in code font. */
  static List<String> firstCells(String text) {
    return rows(text).stream().flatMap(row -> code(row.get(0)).stream()).toList();
  }

  /** A tagged region of an example, as a page shows it. */
  static String region(String type, String tag) throws IOException {
    return region(Path.of("src/tests/test/java/dev/lastly/example", type + ".java"), "// ", tag);
  }

  /** A tagged region of a file. */
  static String region(Path file, String comment, String tag) throws IOException {
    String source = Files.readString(ROOT.resolve(file));
    String start = comment + "tag::" + tag + "[]\n";
    String region =
        source.substring(
            source.indexOf(start) + start.length(), source.indexOf(comment + "end::" + tag + "[]"));
    return region.stripTrailing().stripIndent() + "\n";
  }
}
