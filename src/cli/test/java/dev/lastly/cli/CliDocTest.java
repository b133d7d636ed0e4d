package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cli.output.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * The page has the current help text of the program, and the pages only valid command lines. Run
 * with {@code -Dlastly.docs.write=true}, it writes the help text into the page.
 */
class CliDocTest {
  private static final Pattern COMMAND =
      Pattern.compile("(?m)(?:^|=/usr/local/bin/|`)lastly ([a-z][^`\n]*)");

  private static Terminal terminal(ByteArrayOutputStream out) {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    return new Terminal(stream, stream, false, false, Terminal.ENDLESS, false);
  }

  private static String help(String command) {
    return command.isEmpty() ? lastly("--help") : lastly(command, "--help");
  }

  private static String lastly(String... args) {
    LastlyProcess.Result result = InProcess.run(Map.of(), args);
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  private static List<String> commands() {
    List<String> commands = new ArrayList<>(List.of(""));
    commands.addAll(
        Lastly.commandLine(terminal(new ByteArrayOutputStream())).getSubcommands().keySet());
    return commands;
  }

  @Test
  void help_common_isTheOneOnThePage() throws Exception {
    CliPage page = CliPage.read();
    if (Boolean.getBoolean("lastly.docs.write")) {
      page = page.withHelp(help(""));
      page.write();
    }
    assertThat(page.help()).isEqualTo(help(""));
  }

  @Test
  void headings_ofThePage_areTheCommandsInTheirOrder() throws Exception {
    List<String> headings =
        Pattern.compile("(?m)^## `([a-z]+)`$")
            .matcher(CliPage.read().text())
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(headings).containsExactlyElementsOf(commands().subList(1, commands().size()));
  }

  @Test
  void helpCommand_ofEveryCommand_isWhatItsOptionShows() {
    for (String command : commands()) {
      String help = command.isEmpty() ? lastly("help") : lastly("help", command);
      assertThat(help).isEqualTo(help(command));
    }
    LastlyProcess.Result wrong = InProcess.run(Map.of(), "help", "lst");
    assertThat(wrong.status()).isEqualTo(ExitStatus.USAGE);
    assertThat(wrong.err())
        .isEqualTo("lastly: there is no command 'lst'; 'lastly help' lists the commands\n");
  }

  @Test
  void help_ofEveryCommand_fitsIntoALineAndSaysWhatEachOptionDoes() {
    for (String command : commands()) {
      assertThat(help(command).lines()).allMatch(line -> line.length() <= 100);
      CommandLine line = Lastly.commandLine(terminal(new ByteArrayOutputStream()));
      CommandLine one =
          command.isEmpty() ? line : Objects.requireNonNull(line.getSubcommands().get(command));
      one.getCommandSpec()
          .options()
          .forEach(
              option -> assertThat(option.description()).as(option.longestName()).isNotEmpty());
    }
  }

  /** What the pages, the README and the service's unit show can be parsed. */
  @Test
  void commandLines_ofThePages_areAccepted() throws Exception {
    TreeSet<String> used = new TreeSet<>();
    for (String file :
        List.of("README.md", "docs/cli.md", "docs/operating.md", "docs/recipes.md")) {
      String text =
          Files.readString(CliPage.ROOT.resolve(file)).replaceAll("(?s)Usage: lastly.*?```", "");
      COMMAND
          .matcher(text)
          .results()
          .map(match -> match.group(1))
          .forEach(line -> accept(file, line, used));
    }
    assertThat(used).contains("reap", "run", "defer", "status", "retry", "backup");
  }

  private static void accept(String file, String line, Set<String> used) {
    String alone = line.replaceAll(" *(&&|\\||>).*", "").replaceAll("\\bID\\b", "17");
    String[] words = Words.split(alone).toArray(String[]::new);
    CommandLine parser = Lastly.commandLine(terminal(new ByteArrayOutputStream()));
    try {
      parser.parseArgs(words);
      used.add(words[0]);
    } catch (CommandLine.MissingParameterException e) {
      used.add(words[0]); // mentioned by its name alone
    } catch (CommandLine.ParameterException e) {
      throw new AssertionError(file + ": lastly " + line + ": " + e.getMessage(), e);
    }
  }

  @Test
  void manualPage_everyCommand_isThereAndFormatsWithoutWarnings() throws Exception {
    String page =
        ManPage.of(Lastly.commandLine(terminal(new ByteArrayOutputStream())).getCommandSpec());
    for (String command : commands()) {
      assertThat(page)
          .contains(command.isEmpty() ? ".TH LASTLY 1" : ".SS lastly " + command + "\n");
    }
    Process groff = start("groff", "-ww", "-man", "-Tutf8");
    groff.getOutputStream().write(page.getBytes(StandardCharsets.UTF_8));
    groff.getOutputStream().close();
    String formatted = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(new String(groff.getErrorStream().readAllBytes(), StandardCharsets.UTF_8)).isEmpty();
    assertThat(groff.waitFor()).isZero();
    assertThat(formatted.replaceAll(".\b|\u001b\\[[\\d;]*m", "")).contains("lastly reap [OPTIONS]");
  }

  private static Process start(String... command) {
    try {
      return new ProcessBuilder(command).start();
    } catch (IOException e) {
      throw new AssertionError("this test needs groff(1) (Debian: groff-base)", e);
    }
  }

  @Test
  void escape_whatRoffWouldActOn_isHarmless() {
    assertThat(ManPage.escape(".TH 'a' \\n -b %n")).isEqualTo("\\&.TH \\(aqa\\(aq \\en \\-b  ");
  }
}
