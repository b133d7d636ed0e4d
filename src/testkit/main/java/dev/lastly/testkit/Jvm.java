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
 * How the JVMs that are killed are started. Immutable.
 *
 * @param home where its {@code bin/java} is
 * @param classPath absolute paths
 * @param arguments of the JVM
 * @param environment added to that of this process
 * @param limit how long each may take
 */
record Jvm(
    Path home,
    String classPath,
    List<String> arguments,
    Map<String, String> environment,
    Duration limit) {
  /** What is the matter of this very process only: agents, and ports that can be had once. */
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
   * What a child is to run.
   *
   * @param main its main class
   * @param arguments of the main class; <code>{name}</code> stands for a place of that name
   * @param directory its working directory
   * @param places directories by name, which it also gets as system properties and in its
   *     environment
   * @param log where its output goes
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

  /** Like this process, but without its agents. */
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

  /** For JVMs that live for a second and then leave nothing in the temp directory. */
  private List<String> quickStart() {
    List<String> options = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"));
    if (arguments.stream().noneMatch(argument -> argument.matches("-XX:[+-]Use\\w*GC"))) {
      options.add("-XX:+UseSerialGC");
    }
    return options;
  }

  /** The end of what a program has said. */
  static String tail(Path log) {
    try {
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      List<String> last = lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size());
      return last.isEmpty() ? "(it printed nothing)" : String.join("\n", last);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what the worker has printed", e);
    }
  }
}
