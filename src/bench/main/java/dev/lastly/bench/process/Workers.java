package dev.lastly.bench.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Starts worker JVMs, exchanges lines with them, and ends them. */
public final class Workers {
  /** For many JVMs that do little: a fast start and a small heap. */
  public static final List<String> SMALL =
      List.of("-Xmx32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  /** For JVMs that compete for few processors: only the fast compiler, which takes less time. */
  static final List<String> COMPETING =
      List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  /** For JVMs that are measured alone: the JVM's defaults. */
  static final List<String> DEFAULTS = List.of();

  private Workers() {}

  /**
   * A running worker and its output.
   *
   * @param process the JVM
   * @param out its standard output
   * @param in its standard input
   */
  public record Worker(Process process, BufferedReader out, Writer in) implements AutoCloseable {
    /** Waits until it says that it is ready. */
    public void awaitReady() throws IOException {
      String line = out.readLine();
      if (!"ready".equals(line)) {
        throw new IOException("the worker printed '" + line + "'; expected 'ready'");
      }
    }

    void go() throws IOException {
      in.write("go\n");
      in.flush();
    }

    /** Its results, from a line of {@code name=value} pairs that are separated by blanks. */
    Map<String, Double> results() throws IOException {
      String line = out.readLine();
      if (line == null || !line.startsWith("results ")) {
        throw new IOException("the worker printed '" + line + "'; expected 'results …'");
      }
      Map<String, Double> results = new HashMap<>();
      for (String pair : line.substring("results ".length()).split(" ", -1)) {
        int equals = pair.indexOf('=');
        results.put(pair.substring(0, equals), Double.valueOf(pair.substring(equals + 1)));
      }
      return results;
    }

    /** Sends SIGKILL, and waits until the process is dead. */
    public void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }

    @Override
    public void close() throws InterruptedException {
      kill();
    }
  }

  /** Starts an idle worker, and returns when it is ready. */
  public static Worker startIdle(Path base) throws IOException {
    Worker worker = start(SMALL, IdleWorker.class, base.toString());
    worker.awaitReady();
    return worker;
  }

  /** Starts a worker with these options of the JVM. */
  public static Worker start(List<String> options, Class<?> main, String... args)
      throws IOException {
    return start(options, List.of(), main, args);
  }

  /**
   * Starts a worker with other classes.
   *
   * @param before directories of classes that come first on the class path
   */
  static Worker start(List<String> options, List<Path> before, Class<?> main, String... args)
      throws IOException {
    StringBuilder classPath = new StringBuilder();
    before.forEach(directory -> classPath.append(directory).append(File.pathSeparator));
    classPath.append(System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-Djava.util.logging.config.file=/dev/null",
            "-cp",
            classPath.toString(),
            main.getName()));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new Worker(process, process.inputReader(), process.outputWriter());
  }
}
