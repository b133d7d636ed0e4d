package dev.lastly.cleanup;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program with its arguments, for {@link Commands#run}. It runs without a shell: no argument is
 * split, expanded or interpreted. Immutable; Lastly can store it as JSON.
 *
 * @param arguments the argument vector; the first is the program: absolute, or without a slash and
 *     found on the {@code PATH} of the process that runs it
 * @param environment variables added to the environment of the process that runs it
 * @param directory absolute working directory, or null for that of the process that runs it
 * @param timeout how long it may take, 1 ms to {@link #MAX_TIMEOUT}
 * @param successExitCodes the exit codes, 0 to 255, that count as success, at least one
 */
public record Command(
    List<String> arguments,
    Map<String, String> environment,
    @Nullable String directory,
    Duration timeout,
    Set<Integer> successExitCodes) {
  /** The default time-out. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(60);

  /** The longest accepted time-out. */
  public static final Duration MAX_TIMEOUT = Duration.ofDays(1);

  /**
   * The limit on the bytes of one argument or variable: MAX_ARG_STRLEN less the final NUL,
   * execve(2).
   */
  public static final int MAX_STRING_BYTES = 128 * 1024 - 1;

  /**
   * The limit on the bytes of all arguments and variables, with a NUL after each. It is well below
   * the 2 MiB that execve(2) allows with the usual stack limit, because the inherited environment
   * counts, too.
   */
  public static final int MAX_TOTAL_BYTES = 1024 * 1024;

  /** For a command whose result is told by what it says, or by looking again. */
  static final Set<Integer> ANY_EXIT_CODE =
      IntStream.rangeClosed(0, 255).boxed().collect(Collectors.toUnmodifiableSet());

  /**
   * Checks the parts and copies them.
   *
   * @param arguments the argument vector
   * @param environment variables to add
   * @param directory absolute working directory, or null
   * @param timeout how long it may take
   * @param successExitCodes the exit codes that count as success
   * @throws IllegalArgumentException if there is no argument, the program is empty or a relative
   *     path, a string has a NUL or is too long, a variable's name is empty or has '=', the
   *     directory is relative, or a number is out of range
   */
  public Command {
    arguments = List.copyOf(arguments);
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
    successExitCodes = Collections.unmodifiableSet(new TreeSet<>(successExitCodes));
    Objects.requireNonNull(timeout, "timeout");
    checkProgram(arguments);
    checkStrings(arguments, environment);
    require(directory == null || directory.startsWith("/"), "directory must be absolute");
    require(directory == null || directory.indexOf(0) < 0, "directory contains NUL");
    require(
        timeout.compareTo(Duration.ofMillis(1)) >= 0 && timeout.compareTo(MAX_TIMEOUT) <= 0,
        "timeout must be 1 ms to " + MAX_TIMEOUT);
    require(
        !successExitCodes.isEmpty()
            && successExitCodes.stream().allMatch(code -> code >= 0 && code <= 255),
        "successExitCodes must be one or more of 0 to 255");
  }

  /**
   * A command with no variables, the inherited directory, {@link #DEFAULT_TIMEOUT}, and exit code 0
   * as the only success.
   *
   * @param arguments the program and its arguments
   * @return the command
   * @throws IllegalArgumentException as the constructor
   */
  public static Command of(String... arguments) {
    return new Command(List.of(arguments), Map.of(), null, DEFAULT_TIMEOUT, Set.of(0));
  }

  /**
   * This command with one more variable.
   *
   * @param name its name; replaces one of the same name
   * @param value its value
   * @return a new command
   * @throws IllegalArgumentException as the constructor
   */
  public Command withEnvironment(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(environment);
    more.put(name, value);
    return new Command(arguments, more, directory, timeout, successExitCodes);
  }

  /**
   * This command with another working directory.
   *
   * @param path an absolute directory, which need not exist yet
   * @return a new command
   * @throws IllegalArgumentException if it is relative, or its name cannot be stored as text
   */
  public Command withDirectory(Path path) {
    require(Path.of(path.toString()).equals(path), "directory cannot be stored as text: " + path);
    return new Command(arguments, environment, path.toString(), timeout, successExitCodes);
  }

  /**
   * This command with another time-out.
   *
   * @param limit how long it may take
   * @return a new command
   * @throws IllegalArgumentException as the constructor
   */
  public Command withTimeout(Duration limit) {
    return new Command(arguments, environment, directory, limit, successExitCodes);
  }

  /**
   * This command with other exit codes as success, such as 0 and 1 for a program that exits with 1
   * if the thing to remove no longer exists.
   *
   * @param codes all codes that count as success; 0 counts only if it is among them
   * @return a new command
   * @throws IllegalArgumentException as the constructor
   */
  public Command withSuccessExitCodes(Set<Integer> codes) {
    return new Command(arguments, environment, directory, timeout, codes);
  }

  private static void checkProgram(List<String> arguments) {
    require(!arguments.isEmpty() && !arguments.get(0).isEmpty(), "it names no program");
    String program = arguments.get(0);
    require(
        program.startsWith("/") || program.indexOf('/') < 0,
        "program '" + program + "' is a relative path, and may be run in another directory");
  }

  private static void checkStrings(List<String> arguments, Map<String, String> environment) {
    for (String name : environment.keySet()) {
      require(!name.isEmpty() && name.indexOf('=') < 0, "not a variable's name: '" + name + "'");
    }
    Stream<String> variables =
        environment.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue());
    long total = 0;
    for (String text : Stream.concat(arguments.stream(), variables).toList()) {
      require(text.indexOf(0) < 0, "an argument or variable contains NUL");
      int length = text.getBytes(StandardCharsets.UTF_8).length;
      require(length <= MAX_STRING_BYTES, "an argument or variable has " + length + " bytes");
      total += length + 1;
    }
    require(total <= MAX_TOTAL_BYTES, "arguments and variables have " + total + " bytes");
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException("command refused: " + problem);
    }
  }
}
