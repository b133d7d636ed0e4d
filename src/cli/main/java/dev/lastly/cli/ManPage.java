package dev.lastly.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page in the format of man(7), made from the parser's model of the commands. */
final class ManPage {
  private final CommandSpec top;
  private final StringBuilder page = new StringBuilder();

  private ManPage(CommandSpec top) {
    this.top = top;
  }

  /** The page's source. */
  static String of(CommandSpec top) {
    ManPage page = new ManPage(top);
    page.writeAll();
    return page.page.toString();
  }

  private void writeAll() {
    line(".TH LASTLY 1 \"\" \"" + escape(String.join(" ", top.version())) + "\" \"User Commands\"");
    section("NAME");
    text("lastly - inspect and manage the deferred functions of this node");
    section("SYNOPSIS");
    line(".B lastly");
    text("[OPTIONS] COMMAND [ARGUMENTS]");
    section("DESCRIPTION");
    paragraphs(top.usageMessage().description());
    section("OPTIONS");
    text("Every command has these options.");
    top.options().forEach(this::option);
    section("COMMANDS");
    top.subcommands().values().forEach(command -> command(command.getCommandSpec()));
    section("EXIT STATUS");
    top.usageMessage().exitCodeList().forEach(this::exitStatus);
    paragraphs("'lastly run' exits with the status of its program.");
    section("ENVIRONMENT");
    environment();
    section("FILES");
    item("DIR/deferred/deferred.db");
    text("The database. Any sqlite3 can read it.");
    item("DIR/deferred/owners.lock");
    text("The lock bytes of living owners. Do not open, copy or delete it while workers run.");
  }

  private void environment() {
    for (Map.Entry<String, String> variable :
        List.of(
            Map.entry("LASTLY_STATE_DIR", "The state directory, if --state-dir is not given."),
            Map.entry(
                "LASTLY_FLEET",
                "The fleet, if neither --fleet nor --state-dir is given, for commands that a fleet"
                    + " has."),
            Map.entry("PGUSER, PGPASSWORD", "Of the fleet's database, if its URL has none."),
            Map.entry(
                "LASTLY_MACHINE_ID",
                "For 'lastly reap' in a fleet: the id of this machine. Default: /etc/machine-id."),
            Map.entry(
                "LASTLY_ALLOW_FILE_SYSTEMS",
                "More types of local file systems, separated by commas."),
            Map.entry("LASTLY_JOB", "Set by 'lastly run', read by 'lastly defer'."),
            Map.entry("LASTLY_JAVA_OPTS", "More options for the JVM."),
            Map.entry("JAVA_HOME", "The Java to use. Default: the one on the PATH."),
            Map.entry("NO_COLOR", "If not empty: print no colours."),
            Map.entry("COLUMNS", "The width of tables. Default: the width of the terminal."))) {
      item(variable.getKey());
      text(variable.getValue());
    }
  }

  private void command(CommandSpec command) {
    line(".SS lastly " + command.name());
    List<PositionalParamSpec> parameters = command.positionalParameters();
    String arguments =
        parameters.stream()
            .map(each -> " " + each.paramLabel() + (each.arity().max() > 1 ? "..." : ""))
            .collect(Collectors.joining());
    line(".B lastly " + command.name());
    text("[OPTIONS]" + arguments);
    line(".PP");
    paragraphs(command.usageMessage().description());
    for (PositionalParamSpec parameter : parameters) {
      item(parameter.paramLabel());
      text(String.join(" ", parameter.description()));
    }
    command.options().stream().filter(option -> !option.inherited()).forEach(this::option);
  }

  private void option(OptionSpec option) {
    String label = option.arity().max() > 0 ? "=" + option.paramLabel() : "";
    item(String.join(", ", option.names()) + label);
    text(String.join(" ", option.description()));
  }

  private void exitStatus(String code, String meaning) {
    item(code.strip());
    text(meaning);
  }

  private void section(String title) {
    line(".SH " + title.toUpperCase(Locale.ROOT));
  }

  private void item(String term) {
    line(".TP");
    line(".B " + escape(term));
  }

  private void paragraphs(String... texts) {
    for (String text : texts) {
      text(text);
      line(".PP");
    }
  }

  private void text(String text) {
    Arrays.stream(text.split("\n", -1)).map(ManPage::escape).forEach(this::line);
  }

  private void line(String line) {
    page.append(line).append('\n');
  }

  /** Replaces what roff would interpret; see groff_char(7). */
  static String escape(String text) {
    String plain =
        text.replace("%n", " ")
            .replace("%%", "%")
            .replace("\\", "\\e")
            .replace("-", "\\-")
            .replace("'", "\\(aq")
            .replace("…", "...");
    return plain.startsWith(".") ? "\\&" + plain : plain;
  }
}
