package dev.lastly.cli;

import dev.lastly.cleanup.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options for clean-up commands, shared by {@code run} and {@code defer}. */
final class CleanUpOptions {
  @Option(names = "--shell", description = "Run each clean-up command with /bin/sh -c, unchanged.")
  private boolean shell;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      converter = TimeConverter.class,
      description = "Time limit of a clean-up command. Default: ${DEFAULT-VALUE}.")
  private Duration timeout = Duration.ZERO; // picocli sets the default

  @Option(
      names = "--env",
      paramLabel = "NAME[=VALUE]",
      description =
          "Set a variable for clean-up commands. Without =VALUE it gets its current value. The"
              + " value is stored in the database.")
  private List<String> variables = new ArrayList<>();

  @Option(
      names = "--grace",
      paramLabel = "TIME",
      defaultValue = "5s",
      converter = TimeConverter.class,
      description =
          "Time between SIGTERM and SIGKILL for the program's processes, before clean-up. Default:"
              + " ${DEFAULT-VALUE}.")
  private Duration grace = Duration.ZERO; // picocli sets the default

  boolean shell() {
    return shell;
  }

  Duration grace() {
    return grace;
  }

  /** The command for words that are separate arguments. */
  Command command(List<String> words, Programs programs, Map<String, String> environment) {
    if (shell) {
      return command(String.join(" ", words), programs, environment);
    }
    return vector(words, programs, environment);
  }

  /** The command for a text. */
  Command command(String text, Programs programs, Map<String, String> environment) {
    if (shell) {
      return with(List.of("/bin/sh", "-c", text), environment);
    }
    List<String> words;
    try {
      words = Words.split(text);
    } catch (IllegalArgumentException e) {
      throw CommandException.usage("--defer '" + text + "': " + e.getMessage());
    }
    return vector(words, programs, environment);
  }

  private Command vector(List<String> words, Programs programs, Map<String, String> environment) {
    if (words.isEmpty()) {
      throw CommandException.usage("a clean-up command is empty; give a program and its arguments");
    }
    Path program =
        programs
            .find(words.get(0))
            .orElseThrow(
                () ->
                    CommandException.usage(
                        String.format(
                            Locale.ROOT,
                            "no program '%s' for a clean-up command on the PATH; give its path, or"
                                + " --shell for a command of the shell",
                            words.get(0))));
    List<String> arguments = new ArrayList<>(words);
    arguments.set(0, program.toString()); // another worker's PATH may find another program
    return with(arguments, environment);
  }

  private Command with(List<String> arguments, Map<String, String> environment) {
    try {
      Command command =
          Command.of(arguments.toArray(String[]::new))
              .withDirectory(workingDirectory())
              .withTimeout(timeout);
      for (String variable : variables) {
        command = withVariable(command, variable, environment);
      }
      return command;
    } catch (IllegalArgumentException e) {
      throw CommandException.usage(String.valueOf(e.getMessage()));
    }
  }

  private static Path workingDirectory() {
    Path directory = Path.of("").toAbsolutePath();
    if (!Files.isDirectory(directory)) {
      throw CommandException.unusable(
          "the working directory was deleted, or this locale cannot express its name; change to"
              + " another directory, or set LC_ALL to a UTF-8 locale");
    }
    return directory;
  }

  private static Command withVariable(
      Command command, String variable, Map<String, String> environment) {
    int equals = variable.indexOf('=');
    if (equals >= 0) {
      return command.withEnvironment(variable.substring(0, equals), variable.substring(equals + 1));
    }
    String value = environment.get(variable);
    if (value == null) {
      throw CommandException.usage(
          "--env " + variable + ": this variable is not set; give --env " + variable + "=VALUE");
    }
    return command.withEnvironment(variable, value);
  }
}
