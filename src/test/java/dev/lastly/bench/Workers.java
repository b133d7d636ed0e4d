package dev.lastly.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Starts worker JVMs with small heaps, and ends them. */
final class Workers {
  private Workers() {}

  /** A running worker and its output. */
  record Worker(Process process, BufferedReader out) {
    void awaitReady() throws IOException {
      String line = out.readLine();
      if (!"ready".equals(line)) {
        throw new IOException("the worker said '" + line + "' instead of being ready");
      }
    }
  }

  static Worker start(Class<?> main, String... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-Xmx32m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new Worker(process, process.inputReader());
  }

  static void kill(Worker worker) throws InterruptedException {
    worker.process().destroyForcibly().waitFor(); // SIGKILL
  }
}
