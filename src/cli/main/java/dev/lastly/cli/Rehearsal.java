package dev.lastly.cli;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.cli.log.LineProvider;
import dev.lastly.cli.output.Terminal;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs the commands once, so that the JVM can record which classes they need; see {@code
 * src/cli/dist/make-archive}. Fails if a command fails, because its classes would be missing.
 */
final class Rehearsal {
  private Rehearsal() {}

  /**
   * Runs the commands.
   *
   * @param args an empty directory
   */
  public static void main(String[] args) throws Exception {
    LineProvider.choose(false);
    Path directory = Path.of(args[0]);
    Path stateDir = directory.resolve("state");
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(stateDir);
        JobContext job = manager.openJob("rehearsal")) {
      job.defer(Commands::run, Command.of("true"));
    }
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    Terminal terminal = new Terminal(nowhere, System.err, true, true, 100, true);
    for (List<String> command : commands(directory)) {
      play(terminal, stateDir, command);
    }
    System.exit(0);
  }

  private static List<List<String>> commands(Path directory) {
    List<List<String>> commands = new ArrayList<>();
    for (String command :
        List.of("status", "list --all", "show 1", "owners --all", "events --after 0", "reap")) {
      commands.add(List.of(command.split(" ", -1)));
      commands.add(List.of((command + " --json").split(" ", -1)));
    }
    commands.add(List.of("export"));
    commands.add(List.of("backup", directory.resolve("copy.db").toString()));
    commands.add(List.of("run", "--defer", "true", "--", "true"));
    commands.add(List.of("--help"));
    commands.add(List.of("status", "--help"));
    return commands;
  }

  private static void play(Terminal terminal, Path stateDir, List<String> command) {
    Map<String, String> environment =
        Map.of(
            "LASTLY_STATE_DIR", stateDir.toString(),
            "PATH", System.getenv().getOrDefault("PATH", ""));
    int status = Lastly.run(terminal, environment, command.toArray(String[]::new));
    if (status != ExitStatus.FINE) {
      System.err.println(
          "the rehearsal of 'lastly "
              + String.join(" ", command)
              + "' exited with status "
              + status
              + "; expected 0");
      System.exit(status);
    }
  }
}
