package dev.lastly.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** A worker process of the demonstration, and the lines that it prints. For one thread. */
final class DemoProcess {
  private static final long LIMIT_SECONDS = 60;

  private final String name;
  private final Process process;
  private final BufferedReader told;

  private DemoProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.told = process.inputReader(StandardCharsets.UTF_8);
  }

  static DemoProcess start(String name, Path directory, Path scratch) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    // Keep the messages of logging frameworks off the terminal.
    command.add("-Dslf4j.internal.verbosity=ERROR");
    command.add("-Djava.util.logging.config.file=/dev/null");
    command.add("--enable-native-access=ALL-UNNAMED"); // JEP 472: newer JDKs warn without it
    command.addAll(
        List.of(DemoWorker.class.getName(), name, directory.toString(), scratch.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    // Bounds the wait for a worker that hangs: its pipe closes when it dies.
    Executor later = CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS);
    later.execute(process::destroyForcibly);
    return new DemoProcess(name, process);
  }

  long pid() {
    return process.pid();
  }

  /** Reads the next line, which must have this key, and returns its value. */
  String answer(String key) throws IOException {
    String line = told.readLine();
    if (line == null || !line.startsWith(key + " ")) {
      throw new IOException(
          String.format(Locale.ROOT, "%s did not print its %s; it printed '%s'", name, key, line));
    }
    return line.substring(key.length() + 1);
  }

  /** Sends SIGKILL, and waits until the process is dead. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Sends SIGKILL to the worker and its descendants. */
  void killTree() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  void awaitEnd() throws IOException, InterruptedException {
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(name + " ended with exit code " + code);
    }
  }
}
