package dev.lastly.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The crash test finds each seeded bug at exactly its crash point, and nothing in what is sound.
 */
@Tag("campaign")
class CrashTestTest {
  private static final CrashTest.Check IS_EMPTY =
      world -> assertThat(world.directory()).isEmptyDirectory();

  @TempDir private Path directory;

  @Test
  void onlyCrashPoint_oneThatFails_isReportedAndKeptInTheDirectory() {
    AssertionError failure =
        failureOf(
            CrashTest.of(Fixtures.TooLate.class, "{state}", "{world}")
                .directory(directory)
                .onlyCrashPoint(3));
    assertThat(failure)
        .hasMessageStartingWith(
            "dev.lastly.testkit.Fixtures$TooLate is not cleaned up when it is killed at the crash"
                + " point")
        .hasMessageContainingAll(
            "crash point 3: killed after creating or opening {world}/scratch"
                + " (Fixtures.TooLate.main, Fixtures.java:",
            "before the commit of defer of dev.lastly.testkit.Fixtures#remove",
            "\n    at dev.lastly.testkit.Fixtures$TooLate.main(Fixtures.java:",
            "{world}/scratch]",
            "to try it alone: .onlyCrashPoint(3)");
    assertThat(failure.getSuppressed()).hasSize(1);
    assertThat(directory.resolve("point-3/world/scratch")).isRegularFile();
    assertThat(StateTemplate.database(directory.resolve("point-3/state"))).isRegularFile();
  }

  @Test
  void onlyCrashPoint_oneThatIsNotReached_fails() {
    assertThat(
            failureOf(
                CrashTest.of(Fixtures.Particular.class, "{state}", "{world}")
                    .environment("LASTLY_FIXTURE", "kept")
                    .jvmArguments("-Dlastly.fixture=17")
                    .onlyCrashPoint(3)))
        .hasMessageContaining("passed only 2 boundaries in this run");
  }

  @Test
  void check_processThatIsLeftRunning_isShownAndKilled() {
    List<ProcessHandle> left = new ArrayList<>();
    List<CrashPoint> points =
        CrashTest.of(Fixtures.Spawning.class, "{state}", "{world}")
            .awaitChildren(Duration.ZERO)
            .onlyCrashPoint(3)
            .check(world -> left.addAll(world.processes()));
    assertThat(points.get(0).text()).contains("after starting `sleep 600` (Fixtures.Spawning.main");
    assertThat(left).as("after a recovery, and beside a sibling").hasSize(2);
    assertThat(left).allSatisfy(p -> assertThat(p.onExit()).succeedsWithin(Duration.ofSeconds(30)));
  }

  /** A fresh recovery comes a second later, when the child has made its thing and has ended. */
  @Test
  void check_childThatOutlivesTheWorker_undoesTheCleanUpOfASibling() {
    assertThat(failureOf(creating(false).onlyCrashPoint(4)))
        .hasMessageContainingAll(
            "beside a sibling that recovers at once: left behind", "{world}/thing");
  }

  @Test
  void check_childThatEndsWithTheWorker_leavesNothing() {
    assertThat(creating(true).onlyCrashPoint(5).check(IS_EMPTY)).isNotEmpty();
  }

  private static CrashTest creating(boolean endsWithTheWorker) {
    return CrashTest.of(
            Fixtures.Creating.class, "{state}", "{world}", Boolean.toString(endsWithTheWorker))
        .awaitChildren(Duration.ofSeconds(4));
  }

  @Test
  void check_workerThatFailsByItself_saysWhatItPrinted() {
    assertThat(failureOf(CrashTest.of(Fixtures.Failing.class)))
        .hasMessageContainingAll(
            "fails without any crash",
            "exit status 1",
            "a seeded failure",
            "Fixtures$Failing.main");
  }

  @Test
  void check_workerThatHangs_isCutAtTheLimitAndSaysWhere() {
    assertThat(failureOf(CrashTest.of(Fixtures.Hanging.class).timeLimit(Duration.ofSeconds(8))))
        .hasMessageContainingAll(
            "did not end within PT8S", "thread main", "Thread.sleep", "Fixtures$Hanging.main");
  }

  @Test
  void check_workerThatOpensNoManagerThere_fails() {
    assertThat(failureOf(CrashTest.of(Fixtures.Astray.class)))
        .hasMessageContaining("opened no manager in the state directory");
  }

  @Test
  void atMost_fewerThanThereAre_fails() {
    assertThat(failureOf(CrashTest.of(Fixtures.Correct.class, "{state}", "{world}").atMost(6)))
        .hasMessageContaining("at least 7 crash points, more than the 6 of atMost");
  }

  @Test
  void alsoBefore_methodOfTheUser_isACrashPoint() {
    CrashTest test = CrashTest.of(Fixtures.Correct.class, "{state}", "{world}");
    List<CrashPoint> points =
        test.alsoBefore(Fixtures.class.getName(), "remove").onlyCrashPoint(5).check(IS_EMPTY);
    assertThat(points.get(0).text()).contains("before calling Fixtures.remove");
    assertThatThrownBy(
            () ->
                test.alsoBefore(Fixtures.class.getName(), "removed")
                    .onlyCrashPoint(5)
                    .check(IS_EMPTY))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("dev.lastly.testkit.Fixtures has no method removed");
  }

  @Test
  void options_outOfRange_areRefused() {
    CrashTest test = CrashTest.of(Fixtures.Correct.class);
    for (ThrowingCallable wrong :
        List.<ThrowingCallable>of(
            () -> test.onlyCrashPoint(0),
            () -> test.onlyCrashPoint(1, -1),
            () -> test.atMost(0),
            () -> test.parallelism(0),
            () -> test.parallelism(65),
            () -> test.timeLimit(Duration.ZERO),
            () -> test.awaitChildren(Duration.ofSeconds(-1)))) {
      assertThatThrownBy(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageMatching("(?s).*(at least|at most).*");
    }
  }

  @ParameterizedTest
  @MethodSource("jdks")
  void check_eachJdk_sameBoundariesInTheFunction(Path home) {
    List<CrashPoint> points =
        CrashTest.of(Fixtures.Correct.class, "{state}", "{world}")
            .javaHome(home)
            .onlyCrashPoint(6)
            .check(IS_EMPTY);
    assertThat(points.get(0).text()).contains("after deleting {world}/scratch (Fixtures.remove");
  }

  static Stream<Path> jdks() throws IOException {
    Path known = Path.of("/usr/lib/jvm");
    List<Path> homes = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"))));
    if (Files.isDirectory(known)) {
      try (Stream<Path> all = Files.list(known)) {
        all.filter(home -> Files.isExecutable(home.resolve("bin/javac")))
            .map(Path::normalize)
            .filter(home -> !Files.isSymbolicLink(home) && !homes.contains(home))
            .forEach(homes::add);
      }
    }
    return homes.stream();
  }

  @Test
  void check_javaWithoutDebugger_saysWhatIsMissing() throws Exception {
    Path log = directory.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--limit-modules=java.sql,java.management",
                "-cp",
                System.getProperty("java.class.path"),
                Undebugged.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(log).content().contains("IllegalStateException", "no module jdk.jdi");
  }

  /** Tries a crash test where there is no debugger. */
  static final class Undebugged {
    private Undebugged() {}

    public static void main(String[] args) {
      CrashTest.of(Fixtures.Failing.class).check(world -> {});
    }
  }

  private static AssertionError failureOf(CrashTest test) {
    return catchThrowableOfType(AssertionError.class, () -> test.check(IS_EMPTY));
  }
}
