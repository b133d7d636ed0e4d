package dev.lastly.guardian;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import dev.lastly.testkit.junit.CleanUpExtension;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tests have created goes with their JVM, and what those of another one have stays. */
@Tag("campaign")
class CleanUpForksTest {
  /** The oldest that is supported. */
  private static final Path JUNIT_5 = Path.of(System.getProperty("lastly.target"), "junit-5");

  @TempDir private Path base;
  private Path module = Path.of("");

  @BeforeEach
  void create() throws IOException {
    module = Files.createDirectory(base.resolve("module"));
  }

  @Test
  void forks_oneEndsAndOneIsKilled_eachIsCleanedUpAfterByItself() throws Exception {
    try (Fork five = start(classPathWithJUnit5());
        Fork six = start("")) {
      five.await();
      six.await();
      Path state = only(base.resolve("state/lastly/junit"));
      assertThat(state.getFileName().toString()).matches("module-[0-9a-f]{8}");
      try (Guarded guarded = new Guarded(state)) {
        assertThat(five.end()).isZero();
        assertThat(five.isGone()).isTrue();
        assertThat(six.isThere()).isTrue();
        six.jvm.destroyForcibly();
        Await.until("the guardian has cleaned up", six::isGone);
        guarded.awaitNone();
      }
      try (Database database = Database.read(state)) {
        assertThat(database.rows("SELECT end_reason, label FROM owner"))
            .containsExactlyInAnyOrder("closed|JUnit", "died|JUnit", "closed|guardian");
      }
    }
  }

  @Test
  void kill_withoutAGuardian_theNextRunCleansUp() throws Exception {
    Path state = base.resolve("build/state");
    try (Fork fork =
        start(
            "",
            "-D" + CleanUpExtension.GUARDIAN_PROPERTY_NAME + "=false",
            "-D" + CleanUpExtension.STATE_DIR_PROPERTY_NAME + "=../build/state")) {
      fork.await();
      fork.jvm.destroyForcibly().waitFor();
      assertThat(fork.isThere()).isTrue();
      assertThat(
              CleanUpFork.failures(
                  CleanUpFork.Next.class,
                  Map.of(
                      CleanUpExtension.GUARDIAN_PROPERTY_NAME,
                      "false",
                      CleanUpExtension.STATE_DIR_PROPERTY_NAME,
                      state.toString())))
          .isZero();
      Await.until("process 1 has noticed it, too", fork::isGone);
    }
  }

  private static Path only(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      List<Path> found = all.toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  private static String classPathWithJUnit5() throws IOException {
    List<String> command = ChildJvm.command();
    String classPath = command.get(command.indexOf("-cp") + 1);
    try (Stream<Path> older = Files.list(JUNIT_5)) {
      return Stream.concat(
              older.map(Path::toString),
              Arrays.stream(classPath.split(File.pathSeparator, -1))
                  .filter(entry -> !entry.matches(".*/(junit|jqwik)-[^/]*")))
          .collect(Collectors.joining(File.pathSeparator));
    }
  }

  /** Starts a fork, with another class path or the usual one. */
  private Fork start(String classPath, String... options) throws IOException {
    List<String> command = new ArrayList<>(ChildJvm.command(options));
    if (!classPath.isEmpty()) {
      command.set(command.indexOf("-cp") + 1, classPath);
      command.removeIf(option -> option.startsWith("-XX:SharedArchiveFile="));
    }
    command.add(CleanUpFork.class.getName());
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(module.toFile())
            .redirectError(ProcessBuilder.Redirect.appendTo(base.resolve("errors").toFile()));
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    builder.environment().put("XDG_STATE_HOME", base.resolve("state").toString());
    return new Fork(builder.start(), base.resolve("errors"));
  }

  /** A JVM that runs a test. */
  private static final class Fork implements AutoCloseable {
    private final Process jvm;
    private final Path errors;
    private Path own = Path.of(""); // what the test has created
    private @Nullable ProcessHandle child; // what it has started

    Fork(Process jvm, Path errors) {
      this.jvm = jvm;
      this.errors = errors;
    }

    /** Returns when the test waits. */
    void await() throws IOException {
      BufferedReader out = jvm.inputReader();
      String line = out.readLine();
      if (line == null) {
        throw new AssertionError(Files.readString(errors));
      }
      String[] words = line.split(" ", 2);
      own = Path.of(words[0]);
      child = ProcessHandle.of(Long.parseLong(words[1])).orElseThrow();
    }

    boolean isThere() {
      return Files.isDirectory(own) && child != null && child.isAlive();
    }

    boolean isGone() {
      return !Files.exists(own) && child != null && !child.isAlive();
    }

    /** Lets the test end. Returns the exit status. */
    int end() throws Exception {
      jvm.outputWriter().close();
      assertThat(jvm.waitFor(20, TimeUnit.SECONDS)).isTrue();
      return jvm.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
      int unused = jvm.destroyForcibly().waitFor();
      if (child != null) {
        child.destroyForcibly();
      }
    }
  }
}
