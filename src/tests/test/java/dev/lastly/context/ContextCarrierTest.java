package dev.lastly.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.ContextCarrier;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.RunContext;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.testkit.StoreInvariants;
import dev.lastly.testkit.TestNode;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes along with a function, to a run in its own process and in another one. */
@Timeout(60)
class ContextCarrierTest {
  private static final List<String> SAID = new CopyOnWriteArrayList<>();
  private static final ThreadLocal<String> TENANT = ThreadLocal.withInitial(() -> "none");

  @TempDir private Path base;

  static void say(String what) {
    SAID.add(what + " for " + TENANT.get() + " in " + Span.current().getSpanContext().isValid());
  }

  static void fail(boolean fails) {
    if (fails) {
      throw new IllegalStateException("fails");
    }
  }

  static void notYet(Duration wait) {
    if (RunContext.current().attempt() == 1) {
      throw RunContext.current().askAgain(wait);
    }
  }

  /** Of a thread local, as an application has them. */
  private static final class Tenant implements ContextCarrier {
    @Override
    public Map<String, String> capture() {
      return Map.of("tenant", TENANT.get());
    }

    @Override
    public Restored restore(Map<String, String> entries, String function, RunContext run) {
      String before = TENANT.get();
      TENANT.set(entries.getOrDefault("tenant", "nothing stored"));
      return outcome -> {
        SAID.add(outcome.columnValue());
        TENANT.set(before);
      };
    }
  }

  /** Fails in one of its methods. */
  private record Failing(String method, Throwable failure) implements ContextCarrier {
    @SuppressWarnings("unchecked")
    private <X extends Throwable> void fail(String now) throws X {
      if (method.equals(now)) {
        throw (X) failure;
      }
    }

    @Override
    public Map<String, String> capture() {
      this.<RuntimeException>fail("capture");
      return Map.of();
    }

    @Override
    public Restored restore(Map<String, String> entries, String function, RunContext run) {
      this.<RuntimeException>fail("restore");
      return outcome -> this.<RuntimeException>fail("close");
    }
  }

  @BeforeEach
  void forget() {
    SAID.clear();
    TENANT.remove();
  }

  @AfterEach
  void database_afterEachTest_breaksNoRule() throws Exception {
    if (Files.exists(Database.file(base))) {
      StoreInvariants.all().check(Database.file(base));
    }
  }

  private TestNode node(UnaryOperator<Settings.Builder> more) {
    return TestNode.open(base, more);
  }

  private List<String> options() throws Exception {
    try (Database db = Database.read(base)) {
      return db.rows("SELECT ifnull(options, 'none') FROM deferred_function ORDER BY id");
    }
  }

  @ParameterizedTest
  @CsvSource({"PT0S, false", "PT0S, true", "PT1M, false", "PT1M, true"})
  void carrier_runInItsProcessOrInAnother_withAndWithoutItsOwnThread_hasTheContext(
      Duration limit, boolean killed) throws Exception {
    try (TestNode node = node(s -> s.carrier(new Tenant()).functionTimeout(limit))) {
      TestNode.Worker worker = node.worker("a");
      JobContext job = worker.openJob("job");
      TENANT.set("acme");
      job.defer(ContextCarrierTest::say, "clean up");
      TENANT.set("another");
      if (killed) {
        worker.kill();
        node.reap();
      } else {
        job.close();
      }
      assertThat(SAID).containsExactly("clean up for acme in false", "returned");
      assertThat(TENANT.get()).as("after the run").isEqualTo("another");
    }
    assertThat(options()).containsExactly("{\"context\":{\"tenant\":\"acme\"}}");
  }

  @ParameterizedTest
  @CsvSource({
    "true, false, clean up for none in false",
    "false, true, clean up for nothing stored in false"
  })
  void carrier_onlyOneOfTheProcessesHasIt_functionRunsWithoutContext(
      boolean first, boolean second, String said) throws Exception {
    Duration soon = Duration.ofMillis(50);
    TENANT.set("acme");
    try (DeferredFunctionManager manager = manager(first);
        JobContext job = manager.openJob("job")) {
      job.with(FunctionOptions.defaults().after(soon)).defer(ContextCarrierTest::say, "clean up");
    }
    assertThat(SAID).doesNotContain(said);
    SAID.clear();
    TENANT.remove();
    try (DeferredFunctionManager manager = manager(second)) {
      Await.until("it has run", () -> manager.reap() > 0);
    }
    assertThat(SAID).contains(said);
  }

  private DeferredFunctionManager manager(boolean carries) {
    Settings.Builder settings = Settings.builder().reapInterval(Duration.ZERO);
    return DeferredFunctionManager.open(
        base, (carries ? settings.carrier(new Tenant()) : settings).build());
  }

  @Test
  void carrier_withOptionsOfTheFunction_bothHold() throws Exception {
    try (TestNode node = node(s -> s.carrier(new Tenant()))) {
      TestNode.Worker worker = node.worker("a");
      try (JobContext job = worker.openJob("job")) {
        job.with(FunctionOptions.defaults().after(Duration.ofMinutes(1)))
            .defer(ContextCarrierTest::say, "later");
      }
      assertThat(SAID).isEmpty();
      node.clock().advance(Duration.ofMinutes(1));
      worker.reap();
      assertThat(SAID).containsExactly("later for none in false", "returned");
    }
    assertThat(options())
        .containsExactly(
            "{\"after_ms\":60000,\"longest_wait_ms\":60000,\"context\":{\"tenant\":\"none\"}}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"capture", "restore", "close"})
  void carrier_throwsAnything_functionIsRegisteredAndRuns(String method) throws Exception {
    List<Throwable> failures =
        List.of(
            new IllegalStateException("a bug"),
            new Exception("not declared"),
            new StackOverflowError(),
            new OutOfMemoryError("none left"));
    for (Throwable failure : failures) {
      SAID.clear();
      UnaryOperator<Settings.Builder> both =
          s -> s.carrier(new Failing(method, failure)).carrier(new Tenant());
      try (TestNode node = node(both);
          JobContext job = node.worker("a").openJob("job")) {
        job.defer(ContextCarrierTest::say, "clean up");
      }
      assertThat(SAID).as("%s", failure).containsExactly("clean up for none in false", "returned");
    }
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT DISTINCT state FROM deferred_function")).containsExactly("done");
    }
  }

  /** As code without null checks may. */
  @Test
  @SuppressWarnings("NullAway") // on purpose
  void carrier_returnsNull_functionIsRegisteredAndRuns() {
    ContextCarrier nothing =
        new ContextCarrier() {
          @Override
          public Map<String, String> capture() {
            return null;
          }

          @Override
          public Restored restore(Map<String, String> entries, String function, RunContext run) {
            return null;
          }

          @Override
          public Restored restoreForLog(Map<String, String> entries) {
            return null;
          }
        };
    try (TestNode node = node(s -> s.carrier(nothing).carrier(new Tenant()));
        JobContext job = node.worker("a").openJob("job")) {
      job.defer(ContextCarrierTest::say, "clean up");
    }
    assertThat(SAID).containsExactly("clean up for none in false", "returned");
  }

  @Test
  void carrier_capturesTooMuch_functionIsRegisteredWithoutIt() throws Exception {
    ContextCarrier much =
        new ContextCarrier() {
          @Override
          public Map<String, String> capture() {
            return Map.of("much", "x".repeat(ContextCarrier.MAX_LENGTH));
          }

          @Override
          public Restored restore(Map<String, String> entries, String function, RunContext run) {
            SAID.add("got " + entries.keySet());
            return Restored.NONE;
          }
        };
    try (TestNode node = node(s -> s.carrier(much).carrier(new Tenant()));
        JobContext job = node.worker("a").openJob("job")) {
      job.defer(ContextCarrierTest::say, "clean up");
    }
    assertThat(SAID).startsWith("got [tenant]", "clean up for none in false");
    assertThat(options()).containsExactly("{\"context\":{\"tenant\":\"none\"}}");
  }

  @Test
  void mdc_noKeys_isRefused() {
    assertThatThrownBy(() -> MdcCarrier.of())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MdcCarrier.of(\"requestId\")");
    assertThatThrownBy(() -> MdcCarrier.of("a", "")).isInstanceOf(IllegalArgumentException.class);
  }

  private static OpenTelemetrySdk telemetry(InMemorySpanExporter exporter) {
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                .build())
        .build();
  }

  private static List<String> attributes(SpanData span) {
    return span.getAttributes().asMap().entrySet().stream()
        .map(entry -> entry.getKey().getKey() + "=" + entry.getValue())
        .sorted()
        .toList();
  }

  @Test
  void trace_ownerDies_runIsLinkedToTheRegistration() {
    InMemorySpanExporter exporter = InMemorySpanExporter.create();
    try (OpenTelemetrySdk sdk = telemetry(exporter);
        TestNode node = node(s -> s.carrier(TraceCarrier.of(sdk)))) {
      TestNode.Worker worker = node.worker("a");
      Span request = sdk.getTracer("test").spanBuilder("request").startSpan();
      try (io.opentelemetry.context.Scope here = request.makeCurrent()) {
        Objects.requireNonNull(here);
        worker.openJob("job").defer(ContextCarrierTest::say, "clean up");
      }
      request.end();
      worker.kill();
      exporter.reset();
      node.reap();
      assertThat(SAID).containsExactly("clean up for none in true");
      assertThat(exporter.getFinishedSpanItems()).hasSize(1);
      SpanData run = exporter.getFinishedSpanItems().get(0);
      assertThat(run.getName()).isEqualTo("lastly.run");
      assertThat(run.getTraceId()).isNotEqualTo(request.getSpanContext().getTraceId());
      assertThat(run.getLinks())
          .extracting(LinkData::getSpanContext)
          .allSatisfy(
              link -> {
                assertThat(link.getTraceId()).isEqualTo(request.getSpanContext().getTraceId());
                assertThat(link.getSpanId()).isEqualTo(request.getSpanContext().getSpanId());
                assertThat(link.isSampled()).isTrue();
              })
          .hasSize(1);
      assertThat(attributes(run))
          .containsExactly(
              "lastly.attempt=1",
              "lastly.function.id=1",
              "lastly.function.name=ContextCarrierTest::say",
              "lastly.orphan=true",
              "lastly.outcome=returned");
      assertThat(run.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    }
  }

  @Test
  void trace_functionFailsOrAsksAgain_spanSaysSo() {
    InMemorySpanExporter exporter = InMemorySpanExporter.create();
    try (OpenTelemetrySdk sdk = telemetry(exporter);
        TestNode node = node(s -> s.carrier(TraceCarrier.of(sdk)))) {
      Span request = sdk.getTracer("test").spanBuilder("request").startSpan();
      try (io.opentelemetry.context.Scope here = request.makeCurrent();
          JobContext job = node.worker("a").openJob("job")) {
        Objects.requireNonNull(here);
        job.defer(ContextCarrierTest::notYet, Duration.ofSeconds(1));
        job.defer(ContextCarrierTest::fail, true);
      }
      AttributeKey<String> outcome = AttributeKey.stringKey("lastly.outcome");
      assertThat(exporter.getFinishedSpanItems())
          .as("newest first")
          .extracting(
              span -> span.getAttributes().get(outcome),
              span -> span.getStatus().getStatusCode(),
              SpanData::getParentSpanId)
          .containsExactly(
              tuple(
                  AttemptOutcome.THREW.columnValue(),
                  StatusCode.ERROR,
                  request.getSpanContext().getSpanId()),
              tuple(
                  AttemptOutcome.ASKED_AGAIN.columnValue(),
                  StatusCode.UNSET,
                  request.getSpanContext().getSpanId()));
      assertThat(Span.current().getSpanContext()).as("afterwards").isNotSameAs(request);
    }
  }
}
