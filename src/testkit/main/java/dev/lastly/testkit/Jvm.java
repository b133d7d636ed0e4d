package dev.lastly.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How to start the JVMs of a test. Immutable.
 *
 * @param home the directory of the JDK, with {@code bin/java}
 * @param classPath absolute paths
 * @param arguments of the JVM
 * @param environment variables that are added to those of this process
 * @param limit how long each process may take
 */
record Jvm(
    Path home,
    String classPath,
    List<String> arguments,
    Map<String, String> environment,
    Duration limit) {
  /** Options that a child must not repeat: agents, files and ports of this process. */
  private static final List<String> NOT_INHERITED =
      List.of(
          "-javaagent",
          "-agentlib",
          "-agentpath",
          "-Xrun",
          "-Xdebug",
          "-Xlog",
          "-XX:StartFlightRecording",
          "-XX:FlightRecorderOptions",
          "-Dcom.sun.management");

  private static final String PROPERTY_PREFIX = "lastly.testkit.";
  private static final String VARIABLE_PREFIX = "LASTLY_TESTKIT_";
  private static final int TAIL_LINES = 40;

  /**
   * The program that a child runs.
   *
   * @param main its main class
   * @param arguments of the main class; <code>{name}</code> stands for the place of that name
   * @param directory its working directory
   * @param places directories by name; the child also gets them as system properties and as
   *     environment variables
   * @param log the file to which its output is appended
   */
  record Launch(
      String main, List<String> arguments, Path directory, Map<String, Path> places, Path log) {
    private List<String> filledIn() {
      List<String> filled = new ArrayList<>();
      for (String argument : arguments) {
        String text = argument;
        for (Map.Entry<String, Path> place : places.entrySet()) {
          text = text.replace("{" + place.getKey() + "}", place.getValue().toString());
        }
        filled.add(text);
      }
      return filled;
    }
  }

  Jvm {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  /** The options of this process, without its agents. */
  static Jvm inherited() {
    return new Jvm(
        Path.of(System.getProperty("java.home")),
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator)),
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> NOT_INHERITED.stream().noneMatch(argument::startsWith))
            .toList(),
        Map.of(),
        Duration.ofSeconds(60));
  }

  Process start(Launch program, String... more) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin").resolve("java").toString());
    command.addAll(quickStart());
    command.addAll(arguments);
    command.addAll(List.of(more));
    program
        .places()
        .forEach((name, place) -> command.add("-D" + PROPERTY_PREFIX + name + "=" + place));
    command.addAll(List.of("-cp", classPath, program.main()));
    command.addAll(program.filledIn());
    ProcessBuilder builder = new ProcessBuilder(command).directory(program.directory().toFile());
    builder.environment().putAll(environment);
    program
        .places()
        .forEach(
            (name, place) ->
                builder
                    .environment()
                    .put(VARIABLE_PREFIX + name.toUpperCase(Locale.ROOT), place.toString()));
    builder
        .redirectInput(Redirect.from(new File("/dev/null")))
        .redirectErrorStream(true)
        .redirectOutput(Redirect.appendTo(program.log().toFile()));
    return builder.start();
  }

  /** Fast start for a JVM that lives a second; and no file of its own in the temp directory. */
  private List<String> quickStart() {
    List<String> options = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    if (arguments.stream().noneMatch(argument -> argument.matches("-XX:[+-]Use\\w*GC"))) {
      options.add("-XX:+UseSerialGC");
    }
    return options;
  }

  /** The last lines that a program printed. */
  static String tail(Path log) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      List<String> last = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
      return last.isEmpty() ? "(it printed nothing)" : String.join("\n", last);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what the worker printed, in " + log, e);
    }
  }
}
