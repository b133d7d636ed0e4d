package dev.lastly.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A real terminal: a window of tmux(1), with a server of its own. Closing it ends what runs there.
 */
final class TerminalWindow implements AutoCloseable {
  private final Path socket;

  private TerminalWindow(Path socket) {
    this.socket = socket;
  }

  /** Opens a window in which a shell runs a script, and then waits. */
  static TerminalWindow open(Path directory, int columns, String script) throws Exception {
    Path file =
        Files.writeString(directory.resolve("script"), script + "\necho \"[$?]\"; sleep 600\n");
    TerminalWindow window = new TerminalWindow(directory.resolve("tmux"));
    window.tmux(
        "-f", "/dev/null", "new-session", "-d", "-x", columns + "", "-y", "24", "sh " + file);
    return window;
  }

  /** A command line of a script that starts the program. */
  static String lastly(Path stateDir, String... args) {
    return "LASTLY_STATE_DIR='"
        + stateDir
        + "' "
        + LastlyProcess.command(args).stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
  }

  /** What can be seen. */
  String text() throws Exception {
    return tmux("capture-pane", "-p");
  }

  /** The same with the sequences that colour it. */
  String colouredText() throws Exception {
    return tmux("capture-pane", "-p", "-e");
  }

  private String tmux(String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("tmux", "-S", socket.toString()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeAll(List.of("COLUMNS", "NO_COLOR", "TMUX"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    Process process = start(builder);
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new AssertionError(command + ": " + output);
    }
    return output;
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new AssertionError("this test needs a terminal: install tmux (Debian: tmux)", e);
    }
  }

  @Override
  public void close() throws Exception {
    tmux("kill-server");
  }
}
