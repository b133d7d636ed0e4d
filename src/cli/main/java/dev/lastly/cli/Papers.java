package dev.lastly.cli;

import dev.lastly.cli.output.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Writes the shell completion and the manual page of the program. */
final class Papers {
  private Papers() {}

  /**
   * Writes the files.
   *
   * @param args the target: a directory such as {@code /usr/share}
   */
  public static void main(String[] args) throws IOException {
    Path share = Path.of(args[0]);
    CommandLine commandLine = Lastly.commandLine(Terminal.system(Map.of()));
    write(
        share.resolve("bash-completion/completions/lastly"),
        AutoComplete.bash("lastly", commandLine));
    write(share.resolve("man/man1/lastly.1"), ManPage.of(commandLine.getCommandSpec()));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
