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

/** A worker process and what it tells. For one thread. */
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
    // Nothing but the story on the terminal: no notes of logging frameworks.
    command.add("-Dslf4j.internal.verbosity=ERROR");
    command.add("-Djava.util.logging.config.file=/dev/null");
    command.add("--enable-native-access=ALL-UNNAMED"); // JEP 472: newer JDKs warn without it
    command.addAll(
        List.of(DemoWorker.class.getName(), name, directory.toString(), scratch.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    // A worker that hangs must not hang the demonstration: its pipe then ends, too.
    Executor later = CompletableFuture.delayedExecutor(LIMIT_SECONDS, TimeUnit.SECONDS);
    later.execute(process::destroyForcibly);
    return new DemoProcess(name, process);
  }

  long pid() {
    return process.pid();
  }

  /** The value of the next line, whose key must be this one. */
  String answer(String key) throws IOException {
    String line = told.readLine();
    if (line == null || !line.startsWith(key + " ")) {
      throw new IOException(
          String.format(
              Locale.ROOT, "%s was expected to tell its %s; it said '%s'", name, key, line));
    }
    return line.substring(key.length() + 1);
  }

  /** SIGKILL, and waits until the kernel has taken the process away. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGKILL to the worker and whatever it has started. */
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
