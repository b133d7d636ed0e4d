package dev.lastly.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code docs/cli.md} says.
 *
 * @param text the whole page
 */
record CliPage(String text) {
  static final Path ROOT = Path.of(System.getProperty("lastly.basedir", "")).toAbsolutePath();

  private static final Path FILE = ROOT.resolve("docs/cli.md");
  private static final Pattern HELP = Pattern.compile("(?s)```text\n(.*?)```\n");

  /** Names, the type of all of them in parentheses. */
  private static final Pattern MEMBERS =
      Pattern.compile(
          "((?:`\\w+`,\\s+)*`\\w+`)\\s+"
              + "\\(((?:number|text|boolean|array|object|time)(?: or null)?)\\)");

  private static final Pattern NAME = Pattern.compile("`(\\w+)`");

  static CliPage read() throws IOException {
    return new CliPage(Files.readString(FILE));
  }

  /** The part about a command; about all commands if there is no name. */
  String section(String command) {
    String heading = command.isEmpty() ? "## Common to all commands\n" : "## `" + command + "`\n";
    int start = text.indexOf(heading);
    if (start < 0) {
      throw new AssertionError("docs/cli.md has no heading '" + heading.strip() + "'");
    }
    int end = text.indexOf("\n## ", start);
    return text.substring(start, end < 0 ? text.length() : end + 1);
  }

  /** The help text of the program that the page shows. */
  String help() {
    Matcher block = HELP.matcher(section(""));
    if (!block.find()) {
      throw new AssertionError("docs/cli.md shows no help");
    }
    return block.group(1);
  }

  /** The members of a command's JSON, each with its type. */
  Map<String, String> members(String command) {
    Map<String, String> members = new LinkedHashMap<>();
    for (MatchResult some : MEMBERS.matcher(section(command)).results().toList()) {
      NAME.matcher(some.group(1))
          .results()
          .forEach((MatchResult name) -> members.put(name.group(1), some.group(2)));
    }
    return members;
  }

  /** The page with another help text. */
  CliPage withHelp(String help) {
    return new CliPage(text.replace(help(), help));
  }

  void write() throws IOException {
    Files.writeString(FILE, text);
  }
}
