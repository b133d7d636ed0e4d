package dev.lastly.guardian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Guardian;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.WorkerProcess;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a guardian gets from the process that starts it, and what it does not get. */
@Tag("campaign")
class GuardianStartTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  @TempDir Path base;

  @Test
  void start_relativeClassPathOptionsAndVariables_reachTheGuardianButDebuggerAndMemoryDoNot()
      throws Exception {
    Path place = Files.createDirectories(base.resolve("place"));
    OtherClasses.compile(place.resolve("classes"));
    try (Guarded guarded = new Guarded(base)) {
      Process program =
          start(
              place,
              Map.of("OF_THE_WORKER", "variable", "JAVA_TOOL_OPTIONS", "-Xmx100m -Dtool=1"),
              "-Dof.the.worker=a value, with blanks",
              "-Dcom.sun.management.jmxremote",
              "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0,quiet=y",
              "--add-opens=java.base/java.lang=ALL-UNNAMED");
      try (BufferedReader out = program.inputReader()) {
        Await.until("it is ready", () -> "ready".equals(out.readLine()));
        long guardian = guarded.await();
        List<String> command =
            Arrays.asList(
                String.valueOf(Guarded.text(Path.of("/proc/" + guardian + "/cmdline")))
                    .split("\0"));
        assertThat(command)
            .contains("-Dof.the.worker=a value, with blanks", "-Dtool=1")
            .contains("--add-opens=java.base/java.lang=ALL-UNNAMED")
            .contains(place.resolve("classes") + File.pathSeparator + path())
            .doesNotContain("-Xmx100m")
            .noneMatch(option -> option.contains("jdwp") || option.contains("jmxremote"));
        program.destroyForcibly();
        Await.until("the file is gone", () -> !Files.exists(base.resolve("file")));
        assertThat(base.resolve("seen"))
            .hasContent(
                "a value, with blanks|variable|"
                    + place
                    + "|"
                    + System.getProperty("file.encoding"));
      } finally {
        program.destroyForcibly();
      }
    }
  }

  /** A reader of the worker's output, such as a CI runner, waits for the end of the pipe. */
  @Test
  void kill_worker_itsOutputEndsAlthoughTheGuardianLives() throws Exception {
    Path place = Files.createDirectories(base.resolve("place"));
    OtherClasses.compile(place.resolve("classes"));
    try (Guarded guarded = new Guarded(base)) {
      Process program = start(place, Map.of());
      AtomicBoolean ended = new AtomicBoolean();
      Thread reader = new Thread(() -> ended.set(isReadToItsEnd(program.getInputStream())));
      reader.start();
      long guardian = guarded.await();
      new ProcessBuilder("kill", "-STOP", Long.toString(guardian)).start().waitFor();
      program.destroyForcibly();
      Await.until("the output has ended", Duration.ofSeconds(5), ended::get);
      assertThat(guarded.processes()).as("it lives, stopped").contains(guardian);
      for (int i = 0; i < 3; i++) {
        assertThat(Files.readSymbolicLink(Path.of("/proc/" + guardian + "/fd/" + i)).toString())
            .isNotEqualTo(Files.readSymbolicLink(Path.of("/proc/self/fd/" + i)).toString());
      }
    }
  }

  private static boolean isReadToItsEnd(InputStream in) {
    try {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return true;
    } catch (IOException e) {
      return true; // closed by the end of the process
    }
  }

  @Test
  void open_noSetsid_succeedsAndSaysWhyThereIsNoGuardian() throws Exception {
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker =
            WorkerProcess.launcher()
                .environment(Map.of("PATH", base.resolve("empty").toString()))
                .start()) {
      worker.call("open m " + base + " guardian=");
      assertThat(guarded.sight().running()).isFalse();
      assertThat(guarded.news()).contains("could not be started", "setsid", "util-linux");
      Await.until("it is in the log", () -> worker.errors().contains("could not start a guardian"));
      worker.call("job m j");
      worker.call("close m");
    }
  }

  @Test
  void open_optionThatNoJvmHas_succeedsAndTellsWhatTheJvmSaid() throws Exception {
    try (Guarded guarded = new Guarded(base);
        WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base + " guardian=-Xmx1x");
      Await.until("it has failed", () -> guarded.news().contains("could not be started"));
      assertThat(guarded.news()).contains("ended with status 1", "Invalid maximum heap size");
      Await.until("it is in the log", () -> worker.errors().contains("Invalid maximum heap size"));
    }
  }

  @Test
  void open_loaderThatNoCommandLineCanName_isRefused() {
    ClassLoader loader = new ClassLoader(getClass().getClassLoader()) {};
    Settings settings =
        Settings.builder().guardian(Guardian.sameClassPath()).classLoader(loader).build();
    assertThatThrownBy(() -> DeferredFunctionManager.open(base, settings).close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot give another JVM the classes of")
        .hasMessageContaining("lastly reap --watch --class-path");
    assertThat(base.resolve("deferred")).doesNotExist();
  }

  private Process start(Path place, Map<String, String> variables, String... options)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(JAVA, "-Xmx64m", "-XX:-UsePerfData"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", "classes" + File.pathSeparator + path()));
    command.addAll(List.of(OtherClasses.PROGRAM, base.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).directory(place.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().putAll(variables);
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static String path() {
    return System.getProperty("java.class.path");
  }
}
