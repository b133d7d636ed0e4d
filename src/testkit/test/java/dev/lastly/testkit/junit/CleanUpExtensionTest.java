package dev.lastly.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.Operator;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherFactory;

/** Whose job a parameter is, when it ends, and what its failures and those of its tests change. */
class CleanUpExtensionTest {
  private static final List<String> EVENTS = Collections.synchronizedList(new ArrayList<>());

  @TempDir private Path base;

  @BeforeEach
  void clear() {
    EVENTS.clear();
  }

  static void note(String event) {
    EVENTS.add(event);
  }

  static void fail(String event) {
    EVENTS.add(event);
    throw new UnsupportedOperationException(event);
  }

  /** Parameters of the configuration: this test's directory, no guardian, and more. */
  private Map<String, String> with(String... more) {
    Map<String, String> all = new TreeMap<>();
    all.put(CleanUpExtension.STATE_DIR_PROPERTY_NAME, base.toString());
    all.put(CleanUpExtension.GUARDIAN_PROPERTY_NAME, "false");
    for (int i = 0; i < more.length; i += 2) {
      all.put(more[i], more[i + 1]);
    }
    return all;
  }

  // When it ends.

  @ExtendWith(CleanUpExtension.class)
  static final class Ends {
    @BeforeAll
    static void begin(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "class 1");
    }

    @BeforeEach
    void before(JobContext job) {
      job.defer(CleanUpExtensionTest::note, "1");
    }

    @Test
    void test(
        Deferrer job,
        @JobOf(JobOf.Scope.CLASS) Deferrer ofClass,
        @JobOf(JobOf.Scope.SESSION) Deferrer session,
        @TempDir Path directory) {
      note("test");
      session.defer(CleanUpExtensionTest::note, "session");
      ofClass.defer(CleanUpExtensionTest::note, "class 2");
      job.defer(Ends::noteIfThere, "2", directory);
    }

    @AfterEach
    void after(JobContext job) {
      note("after");
      job.onlyIfFailed().defer(CleanUpExtensionTest::note, "only if failed");
    }

    @AfterAll
    static void end() {
      note("after all");
    }

    @Nested
    final class Inner {
      Inner(Deferrer job) {
        job.defer(CleanUpExtensionTest::note, "inner class");
      }

      @Test
      void test() {
        note("inner");
      }
    }

    static void noteIfThere(String event, Path directory) {
      note(event + " " + Files.exists(directory));
    }
  }

  @Test
  void jobs_endWithTheirScope_newestFirst() {
    try (LauncherSession session = LauncherFactory.openSession()) {
      assertThat(Launched.run(session.getLauncher(), with(), Ends.class).failures()).isEmpty();
      assertThat(EVENTS)
          .containsExactly(
              "test",
              "after",
              "2 true",
              "1",
              "inner",
              "after",
              "1",
              "inner class",
              "after all",
              "class 2",
              "class 1");
      assertThat(Launched.run(session.getLauncher(), with(), Ends.class).failures()).isEmpty();
      assertThat(EVENTS).doesNotContain("session");
    }
    assertThat(EVENTS).endsWith("class 1", "session", "session");
  }

  @Test
  void jobs_haveNamesForPeople() throws Exception {
    Launched.run(with(), Ends.class);
    try (Database database = Database.read(base)) {
      assertThat(database.rows("SELECT name FROM job ORDER BY id"))
          .containsExactly(
              Ends.class.getName(),
              "Ends > test(Deferrer, Deferrer, Deferrer, Path)",
              "session",
              Ends.Inner.class.getName(),
              "Inner > test()");
      assertThat(database.rows("SELECT DISTINCT label FROM owner")).containsExactly("JUnit");
    }
  }

  /** Two at a time, and the first to end leaves alone what the other one has. */
  @ExtendWith(CleanUpExtension.class)
  static final class Parallel {
    private static final CyclicBarrier BARRIER = new CyclicBarrier(2);

    @TempDir static Path world;

    @RepeatedTest(2)
    void test(JobContext job, RepetitionInfo repetition) throws Exception {
      int n = repetition.getCurrentRepetition();
      Path own = world.resolve("own-" + n);
      job.deleteTree(own);
      Files.createDirectory(own);
      BARRIER.await(20, TimeUnit.SECONDS);
      if (n == 2) {
        Await.until("the other has ended", () -> !Files.exists(world.resolve("own-1")));
        assertThat(own).exists();
      }
    }

    @AfterAll
    static void look() throws IOException {
      assertThat(world).isEmptyDirectory();
    }
  }

  @Test
  void jobs_ofParallelTests_endEachForItself() {
    Map<String, String> parallel =
        with(
            "junit.jupiter.execution.parallel.enabled", "true",
            "junit.jupiter.execution.parallel.mode.default", "concurrent",
            "junit.jupiter.execution.parallel.config.strategy", "fixed",
            "junit.jupiter.execution.parallel.config.fixed.parallelism", "2");
    assertThat(Launched.run(parallel, Parallel.class).failures()).isEmpty();
  }

  // What fails.

  @ExtendWith(CleanUpExtension.class)
  static final class Fails {
    @BeforeAll
    static void begin(Deferrer job) {
      job.defer(CleanUpExtensionTest::fail, "of the class");
    }

    @Test
    void good(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "ran after the other had failed");
      job.defer(CleanUpExtensionTest::fail, "no such server");
    }

    @Test
    void bad(Deferrer job) {
      job.defer(CleanUpExtensionTest::fail, "also");
      throw new IllegalStateException("the test's own");
    }
  }

  @Test
  void close_functionFails_failsTheTestAndMasksNothing() {
    Launched run = Launched.run(with(), Fails.class);
    assertThat(run.failure("good").orElseThrow())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "the clean-up of Fails > good(Deferrer) is incomplete: function ",
            "(CleanUpExtensionTest::fail) is tried again:"
                + " java.lang.UnsupportedOperationException: no such server",
            "lastly --state-dir '" + base + "' list");
    assertThat(EVENTS).contains("ran after the other had failed");
    assertThat(run.failure("bad").orElseThrow()).hasMessage("the test's own");
    assertThat(run.failure("bad").orElseThrow().getSuppressed())
        .singleElement()
        .asString()
        .contains("the clean-up of Fails > bad(Deferrer) is incomplete");
    assertThat(run.failure(Fails.class.getName()).orElseThrow())
        .hasMessageContaining("the clean-up of " + Fails.class.getName() + " is incomplete");
  }

  // What is kept.

  @KeepOnFailure("PT2H")
  @ExtendWith(CleanUpExtension.class)
  static final class Keeps {
    Keeps(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "class");
    }

    @Test
    void good(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "good");
    }

    @Test
    void aborted(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "aborted");
      Assumptions.abort();
    }

    @Test
    @KeepOnFailure("PT0S")
    void keepsNothing(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "not kept");
      throw new IllegalStateException();
    }

    @Test
    void bad(JobContext job) {
      job.onlyIfFailed().defer(CleanUpExtensionTest::note, "first");
      job.defer(CleanUpExtensionTest::fail, "second");
      throw new IllegalStateException();
    }

    @TestFactory
    DynamicTest dynamic(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "dynamic");
      return DynamicTest.dynamicTest("fails", () -> fail("dynamic test"));
    }
  }

  @Test
  void keepOnFailure_testFails_keepsWhatItLeavesAndSaysHowToRunIt() throws Exception {
    Launched run = Launched.run(with(), Keeps.class);
    assertThat(EVENTS).containsExactlyInAnyOrder("good", "aborted", "not kept", "dynamic test");
    String id = only("SELECT id FROM pending_function WHERE arguments LIKE '%first%'");
    assertThat(run.told())
        .hasSize(3) // of two tests and of their class
        .filteredOn(line -> line.startsWith("Keeps > bad(JobContext) has failed. Kept until "))
        .singleElement()
        .asString()
        .contains(
            " is what these would clean up: CleanUpExtensionTest::note",
            "; CleanUpExtensionTest::fail",
            "lastly --state-dir '" + base + "' retry " + id + " ");
    try (Operator operator = Operator.open(base);
        DeferredFunctionManager next = DeferredFunctionManager.open(base)) {
      operator.retry(Long.parseLong(id), "looked at it");
      next.reap();
    }
    assertThat(EVENTS).hasSize(5).endsWith("first");
  }

  private String only(String sql) throws Exception {
    try (Database database = Database.read(base)) {
      return database.text(sql);
    }
  }

  /** Without a job of the test that fails: the class's own, and the session's. */
  @ExtendWith(CleanUpExtension.class)
  static final class KeepsAll {
    @BeforeAll
    static void begin(Deferrer job, @JobOf(JobOf.Scope.SESSION) Deferrer session) {
      job.defer(CleanUpExtensionTest::note, "class");
      session.defer(CleanUpExtensionTest::note, "session");
    }

    @Test
    void bad() {
      assertThat(EVENTS).isNotEmpty();
    }
  }

  @Test
  void keepOnFailure_asParameter_keepsForClassesAndSessions() throws Exception {
    Launched.run(with(CleanUpExtension.KEEP_ON_FAILURE_PROPERTY_NAME, "PT1H"), KeepsAll.class);
    assertThat(EVENTS).isEmpty();
    assertThat(only("SELECT group_concat(job) FROM pending_function"))
        .isEqualTo(KeepsAll.class.getName() + ",session");
    Launched.run(with(), KeepsAll.class);
    assertThat(EVENTS).as("nothing is kept by default").containsExactly("class", "session");
  }

  /** Its instance cannot be made, so neither callback is called. */
  @TestInstance(Lifecycle.PER_CLASS)
  @KeepOnFailure
  @ExtendWith(CleanUpExtension.class)
  static final class Unmade {
    Unmade(Deferrer job) {
      job.defer(CleanUpExtensionTest::note, "class");
      throw new IllegalStateException();
    }

    @Test
    void test() {}
  }

  @Test
  void keepOnFailure_noInstance_keepsTheClasss() {
    Launched.run(with(), Unmade.class);
    assertThat(EVENTS).isEmpty();
  }

  // What is refused.

  @ExtendWith(CleanUpExtension.class)
  static final class Misplaced {
    @BeforeAll
    static void begin(@JobOf(JobOf.Scope.TEST) Deferrer job) {}

    @Test
    void test() {}
  }

  @Test
  void configuration_thatIsWrong_isRefusedWithTheNextStep() throws Exception {
    assertThat(Launched.run(with(), Misplaced.class).failure(Misplaced.class.getName()))
        .hasValueSatisfying(e -> assertThat(e).hasMessageContaining("scope CLASS or SESSION"));
    assertRefused("must be true or false; got 'no'", CleanUpExtension.GUARDIAN_PROPERTY_NAME, "no");
    assertRefused(
        "must be a duration of ISO 8601, such as PT2H, and at most PT8760H; got '2h'",
        CleanUpExtension.KEEP_ON_FAILURE_PROPERTY_NAME,
        "2h");
    assertRefused("got 'P366D'", CleanUpExtension.KEEP_ON_FAILURE_PROPERTY_NAME, "P366D");
    Path file = Files.createFile(base.resolve("file"));
    assertRefused(
        CleanUpExtension.STATE_DIR_PROPERTY_NAME + " names another one",
        CleanUpExtension.STATE_DIR_PROPERTY_NAME,
        file.toString());
  }

  private void assertRefused(String why, String name, String value) {
    assertThat(Launched.run(with(name, value), Fails.class).failure(Fails.class.getName()))
        .hasValueSatisfying(e -> assertThat(e).hasMessageContainingAll(name, why));
  }
}
