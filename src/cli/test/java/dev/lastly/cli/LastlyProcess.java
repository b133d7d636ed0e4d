package dev.lastly.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The program itself, in a process of its own. Closing it kills it, if it still runs. */
final class LastlyProcess implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final Process process;
  private final Path out;
  private final Path err;

  private LastlyProcess(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * What came of it.
   *
   * @param status exit status
   * @param out standard output
   * @param err standard error
   */
  record Result(int status, String out, String err) {}

  /** The words of a shell that start the program. */
  static List<String> command(String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
    command.addAll(List.of("-Xmx128m", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Lastly.class.getName());
    command.addAll(List.of(args));
    return command;
  }

  /** Starts it with nothing on standard input. */
  static LastlyProcess start(Path stateDir, String... args) throws IOException {
    return start(stateDir, Map.of(), "", args);
  }

  /** Starts it with more variables and with a text on standard input. */
  static LastlyProcess start(
      Path stateDir, Map<String, String> environment, String input, String... args)
      throws IOException {
    Path files = Files.createTempDirectory("lastly-process-");
    Path in = Files.writeString(files.resolve("in"), input);
    Path out = files.resolve("out");
    Path err = files.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command(args))
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeAll(List.of("COLUMNS", "NO_COLOR", "LASTLY_JOB"));
    builder.environment().put("LASTLY_STATE_DIR", stateDir.toString());
    builder.environment().putAll(environment);
    return new LastlyProcess(builder.start(), out, err);
  }

  /** Runs it to its end. */
  static Result run(Path stateDir, String... args) throws Exception {
    try (LastlyProcess process = start(stateDir, args)) {
      return process.result();
    }
  }

  long pid() {
    return process.pid();
  }

  /** What it has printed so far. */
  String out() throws IOException {
    return Files.readString(out, StandardCharsets.UTF_8);
  }

  String err() throws IOException {
    return Files.readString(err, StandardCharsets.UTF_8);
  }

  void signal(String name) throws Exception {
    int status = new ProcessBuilder("kill", "-" + name, pid() + "").start().waitFor();
    if (status != 0) {
      throw new AssertionError("cannot send SIG" + name + " to " + pid());
    }
  }

  /** SIGKILL, and waits until the kernel has taken it away. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Waits for its end. */
  Result result() throws Exception {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("it did not end; it said: " + out() + err());
    }
    return new Result(process.exitValue(), out(), err());
  }

  @Override
  public void close() throws IOException {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    Files.deleteIfExists(out);
    Files.deleteIfExists(err);
    Files.deleteIfExists(out.resolveSibling("in"));
    Files.deleteIfExists(out.getParent());
  }
}
