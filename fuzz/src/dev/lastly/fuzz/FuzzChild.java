package dev.lastly.fuzz;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A JVM with a small heap, in a working directory of its own, for one target: so that a crash, a
 * hang, or memory without bound ends it and nothing else.
 *
 * @param exitCode what it ended with; not 0 if there was a find
 * @param log all that it wrote
 */
record FuzzChild(int exitCode, Path log) {
  /** The property that says where a target may keep files, which go when the JVM has ended. */
  static final String SCRATCH = "lastly.fuzz.scratch";

  private static final int HANG = 124; // as timeout(1) has it

  /** Runs a main class to its end. */
  static FuzzChild run(
      Path directory, Duration limit, List<String> jvmOptions, String... mainAndArgs)
      throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Path scratch = scratch(directory);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Djava.io.tmpdir=" + directory,
            "-D" + SCRATCH + "=" + scratch,
            "-Djava.util.logging.config.file=/dev/null",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            classPath()));
    command.addAll(Arrays.asList(mainAndArgs));
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      return new FuzzChild(ended ? process.exitValue() : HANG, log);
    } finally {
      process.destroyForcibly().waitFor();
      delete(scratch);
    }
  }

  /** Absolute: the child runs in another directory. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** In memory where that can be had: the target {@code database} writes files all the time. */
  private static Path scratch(Path directory) throws IOException {
    Path memory = Path.of("/dev/shm");
    return Files.createTempDirectory(Files.isWritable(memory) ? memory : directory, "lastly-fuzz-");
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> paths = Files.walk(tree)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** The end of what it wrote. */
  String end() throws IOException {
    String text = Files.readString(log, java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.substring(Math.max(0, text.length() - 8000));
  }
}
