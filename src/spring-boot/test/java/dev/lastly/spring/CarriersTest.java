package dev.lastly.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.context.MdcCarrier;
import dev.lastly.context.TraceCarrier;
import dev.lastly.model.ContextCarrier;
import dev.lastly.model.RunContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.annotation.Order;

/** What goes along with functions, as properties and beans say. */
final class CarriersTest {
  @TempDir private Path base;

  private final List<ContextCarrier> seen = new ArrayList<>();

  @Order(2)
  private static class Second implements ContextCarrier {
    @Override
    public Map<String, String> capture() {
      return Map.of();
    }

    @Override
    public Restored restore(Map<String, String> entries, String function, RunContext run) {
      return Restored.NONE;
    }
  }

  @Order(1)
  private static final class First extends Second {}

  private ApplicationContextRunner here() {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(LastlyAutoConfiguration.class))
        .withPropertyValues("lastly.state-dir=" + base)
        .withBean(
            LastlySettingsCustomizer.class,
            () -> settings -> seen.addAll(settings.build().carriers()));
  }

  @Test
  void carriers_ofPropertiesAndBeans_areInTheirOrder() {
    here()
        .withBean(Second.class, Second::new)
        .withBean(First.class, First::new)
        .withPropertyValues("lastly.carry-mdc=requestId", "lastly.carry-trace=true")
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(seen)
        .extracting(carrier -> (Object) carrier.getClass())
        .containsExactly(MdcCarrier.class, TraceCarrier.class, First.class, Second.class);
  }

  @Test
  void carriers_ofAnApplicationThatAsksForNone_areNone() {
    here().run(context -> assertThat(context).hasNotFailed());
    assertThat(seen).isEmpty();
  }

  @Test
  void trace_ofTheTelemetryOfTheContext_isLinkedToTheRegistration() {
    InMemorySpanExporter exported = InMemorySpanExporter.create();
    SdkTracerProvider tracers =
        SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(exported)).build();
    OpenTelemetrySdk telemetry = OpenTelemetrySdk.builder().setTracerProvider(tracers).build();
    here()
        .withBean(OpenTelemetry.class, () -> telemetry)
        .withPropertyValues("lastly.carry-trace=true")
        .run(
            context -> {
              Span request = tracers.get("test").spanBuilder("request").startSpan();
              try (JobContext job = context.getBean(DeferredFunctionManager.class).openJob()) {
                try (Scope scope = request.makeCurrent()) {
                  job.defer(Cleanup::deleteFile, base.resolve("scratch"));
                }
              }
              request.end();
              assertThat(exported.getFinishedSpanItems())
                  .filteredOn(span -> span.getName().equals("lastly.run"))
                  .singleElement()
                  .satisfies(
                      span ->
                          assertThat(span.getLinks())
                              .extracting(LinkData::getSpanContext)
                              .extracting("spanId")
                              .containsExactly(request.getSpanContext().getSpanId()));
            });
  }

  @Test
  void trace_ofACarrierOfTheApplications_isNotDoubled() {
    TraceCarrier own = TraceCarrier.of(OpenTelemetry.noop());
    here()
        .withBean(TraceCarrier.class, () -> own)
        .withPropertyValues("lastly.carry-trace=true")
        .run(context -> assertThat(context).hasNotFailed());
    assertThat(seen).containsExactly(own);
  }

  @Test
  void telemetry_absent_changesNothingUntilSpansAreWanted() {
    ApplicationContextRunner without =
        here().withClassLoader(new FilteredClassLoader("io.opentelemetry"));
    without.run(context -> assertThat(context).hasNotFailed());
    without
        .withPropertyValues("lastly.carry-trace=true")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("lastly.carry-trace")
                    .hasMessageContaining("io.opentelemetry:opentelemetry-api"));
  }
}
