package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.model.CleanUpFailedException;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Named;
import dev.lastly.model.OnFailure;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API in plain Java. Each test is an example that can be copied. */
final class ApiTest {
  @TempDir private Path base;
  private Path log;

  @BeforeEach
  void createTheLog() throws IOException {
    log = Files.createFile(base.resolve("log"));
  }

  // What the examples defer: functions that write a line, so that a test sees what has run.

  public static void write(Path log, String line) throws IOException {
    Files.writeString(log, line + "\n", StandardOpenOption.APPEND);
  }

  public static void fail(String why) throws IOException {
    throw new IOException(why);
  }

  /** Five arguments, each with its name: a record. */
  public record Snapshot(Path log, String host, String volume, int number, boolean force) {}

  public static void deleteSnapshot(Snapshot it) throws IOException {
    write(it.log, it.host + " " + it.volume + " " + it.number + " " + it.force);
  }

  /** A receiver is an argument like others. */
  public record Lease(Path log, String name) {
    public void release() throws IOException {
      write(log, "released " + name);
    }
  }

  @Named("drop-schema") // the name that rows keep, whatever the method is called later
  public static void dropSchema(Path log) throws IOException {
    write(log, "dropped");
  }

  /** A helper that creates something needs no more than this to have it cleaned up. */
  private static Path createScratch(Deferrer job, Path parent) throws IOException {
    Path scratch = parent.resolve("scratch");
    job.defer(Cleanup::deleteTree, scratch); // first: then nothing is ever left behind
    return Files.createDirectory(scratch);
  }

  @Test
  void defer_methodReference_runsWhenTheJobEnds() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base)) {
      try (JobContext job = manager.openJob("align sample-17")) {
        job.defer(ApiTest::write, log, "clean up");
        assertThat(log).isEmptyFile();
      }
      assertThat(log).hasContent("clean up");
    }
  }

  @Test
  void defer_severalFunctions_runNewestFirst() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base)) {
      try (JobContext job = manager.openJob("align sample-17")) {
        job.defer(ApiTest::write, log, "registered first");
        job.defer(ApiTest::write, log, "registered second");
      }
      assertThat(log).hasContent("registered second\nregistered first");
    }
  }

  @Test
  void defer_inAHelper_takesADeferrer() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("align sample-17")) {
      Path scratch = createScratch(job, base);
      assertThat(scratch).isDirectory();
      job.close();
      assertThat(scratch).doesNotExist();
    }
  }

  @Test
  void defer_moreThanFourArguments_areARecordWhoseRowNamesThem() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("backup")) {
      job.defer(ApiTest::deleteSnapshot, new Snapshot(log, "node-7", "home", 12, true));
      try (Inspector inspector = Inspector.open(base)) {
        FunctionRow row = inspector.functions(FunctionFilter.all(), 0, 10).get(0);
        assertThat(row.arguments())
            .contains("\"host\":\"node-7\",\"volume\":\"home\",\"number\":12,\"force\":true");
      }
      job.close();
      assertThat(log).hasContent("node-7 home 12 true");
    }
  }

  @Test
  void defer_methodOfAnObject_storesTheObject() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base)) {
      try (JobContext job = manager.openJob("import")) {
        Lease lease = new Lease(log, "table-1");
        job.defer(lease::release);
        job.defer(Lease::release, new Lease(log, "table-2"));
      }
      assertThat(log).hasContent("released table-2\nreleased table-1");
    }
  }

  @Test
  void defer_methodByItsName_needsNoReference() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base)) {
      try (JobContext job = manager.openJob("from a script")) {
        job.defer(DeferredFunction.of(ApiTest.class, "write", log, "by name"));
        job.defer(DeferredFunction.of(Lease.class, "release", new Lease(log, "table-1")));
      }
      assertThat(log).hasContent("released table-1\nby name");
    }
  }

  @Test
  void create_functionWithArguments_canBeCalledInATest() throws Exception {
    DeferredFunction function = DeferredFunction.create(ApiTest::write, log, "now");
    assertThat(function).hasToString("DeferredFunction(ApiTest::write, ...)");
    assertThat(function.arguments()).containsExactly(log, "now");
    function.invoke();
    assertThat(log).hasContent("now");
  }

  @Test
  void defer_whatCouldNotRunLater_isRefusedAtOnce() {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("align sample-17")) {
      Path relative = Path.of("scratch"); // means another place in another process
      assertThatThrownBy(() -> job.defer(Cleanup::deleteTree, relative))
          .isInstanceOf(FunctionRefusedException.class)
          .hasMessageContaining("Cleanup::deleteTree refused its arguments");
    }
  }

  @Test
  void cancel_functionThatIsNotNeededAnyMore_neverRuns() throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base)) {
      try (JobContext job = manager.openJob("upload")) {
        DeferredHandle rollback = job.defer(ApiTest::write, log, "roll back");
        assertThat(rollback.cancel()).isTrue(); // the upload is complete
        assertThat(rollback.state()).contains(FunctionState.CANCELLED);
      }
      assertThat(log).isEmptyFile();
    }
  }

  @Test
  void settings_policyAndOrder_areChosenWhenTheManagerOpens() throws Exception {
    FunctionPolicy policy = FunctionPolicy.allowList().allowMethod(ApiTest.class, "write").build();
    Settings settings = Settings.builder().policy(policy).order(Order.REGISTRATION).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      try (JobContext job = manager.openJob("align sample-17")) {
        job.defer(ApiTest::write, log, "first");
        job.defer(ApiTest::write, log, "second");
        assertThatThrownBy(() -> job.defer(ApiTest::fail, "not on the list"))
            .isInstanceOf(FunctionRefusedException.class);
      }
      assertThat(log).hasContent("first\nsecond");
    }
  }

  @Test
  void open_aliasToNowhereOrNothingNamed_isRefused() {
    Settings alias = Settings.builder().alias("app.Old#tidy", "app.Gone#tidy").build();
    assertThatThrownBy(() -> DeferredFunctionManager.open(base, alias))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("app.Gone", "can never take effect");
    Settings named = Settings.builder().namedFunctions(String.class).build();
    assertThatThrownBy(() -> DeferredFunctionManager.open(base, named))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("java.lang.String", "@Named");
  }

  @Test
  void named_function_keepsItsNameInTheRow() throws Exception {
    Settings settings = Settings.builder().namedFunctions(ApiTest.class).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      try (JobContext job = manager.openJob("migrate")) {
        job.defer(ApiTest::dropSchema, log);
      }
      try (Inspector inspector = Inspector.open(base)) {
        assertThat(inspector.functions(FunctionFilter.all().name("drop-schema"), 0, 10)).hasSize(1);
      }
      assertThat(log).hasContent("dropped");
    }
  }

  @Test
  void retry_functionThatKeepsFailing_isQuarantinedAndWaitsForAPerson() {
    RetryPolicy twice =
        RetryPolicy.builder().maxAttempts(2).initialBackoff(Duration.ofMillis(1)).build();
    Settings settings = Settings.builder().retry(twice).reapInterval(Duration.ZERO).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        Inspector inspector = Inspector.open(base)) {
      try (JobContext job = manager.openJob("clean the bucket")) {
        job.defer(ApiTest::fail, "access denied");
      }
      while (inspector.status().count(FunctionState.QUARANTINED) == 0) {
        manager.reap(); // with background threads, the retry is theirs
      }
      FunctionRow row = inspector.functions(FunctionFilter.all(), 0, 10).get(0);
      assertThat(row.attempts()).isEqualTo(2);
      assertThat(row.lastError()).contains("access denied");
    }
  }

  @Test
  void operator_decidesAboutAQuarantinedFunction_withAReason() {
    RetryPolicy once = RetryPolicy.builder().maxAttempts(1).build();
    Settings settings = Settings.builder().retry(once).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        Operator operator = Operator.open(base)) {
      DeferredHandle handle;
      try (JobContext job = manager.openJob("clean the bucket")) {
        handle = job.defer(ApiTest::fail, "access denied");
      }
      operator.discard(handle.id(), "the bucket was deleted by hand");
      assertThat(handle.state()).contains(FunctionState.DISCARDED);
    }
  }

  @Test
  void inspector_readsWhatWorkersWrite_andIsNoOwner() {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("align sample-17");
        Inspector inspector = Inspector.open(base)) {
      job.defer(ApiTest::write, log, "clean up");
      assertThat(inspector.status().functions())
          .containsAllEntriesOf(Map.of(FunctionState.DEFERRED, 1L, FunctionState.DONE, 0L));
      List<FunctionRow> rows =
          inspector.functions(FunctionFilter.all().job("align sample-17"), 0, 10);
      assertThat(rows).extracting(FunctionRow::name).containsExactly("ApiTest::write");
    }
  }

  @Test
  void onlyIfFailed_jobThatCommits_keepsItsResult() throws IOException {
    Path result = base.resolve("result");
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("publish")) {
      job.onlyIfFailed().deleteTree(result);
      Files.createDirectory(result);
      job.commit();
    }
    assertThat(result).exists();
  }

  @Test
  void start_child_endsWithItsJob() throws IOException {
    Process child;
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob("align")) {
      child = job.start(new ProcessBuilder("sleep", "1000"));
      job.run("sh", "-c", "echo cleaned >> " + log);
    }
    assertThat(child.isAlive()).isFalse();
    assertThat(log).hasContent("cleaned");
  }

  @Test
  void onFailure_throw_tellsAllAndHidesNothing() {
    Settings settings = Settings.builder().onFailure(OnFailure.THROW).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings)) {
      JobContext job = manager.openJob("job");
      job.defer(ApiTest::fail, "the first");
      job.defer(ApiTest::write, log, "the second");
      job.defer(ApiTest::fail, "the third");
      assertThatThrownBy(job::close)
          .isInstanceOf(CleanUpFailedException.class)
          .hasMessageContaining("2 functions of job 'job' failed: function 3 (ApiTest::fail) is")
          .hasMessageContaining("tried again: java.io.IOException: the third; function 1 ");
      assertThat(log).hasContent("the second");
      assertThatThrownBy(
              () -> {
                try (JobContext other = manager.openJob("other")) {
                  other.defer(ApiTest::fail, "the clean-up");
                  throw new IllegalStateException("the job itself");
                }
              })
          .hasMessage("the job itself")
          .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }
  }
}
