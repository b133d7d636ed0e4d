package dev.lastly.context;

import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.ContextCarrier;
import dev.lastly.model.RunContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes an OpenTelemetry span of each run of a function, with a link to the span that registered
 * it, also across the death of that process. It is a link, not a parent, because the clean-up may
 * run long after the trace has ended.
 *
 * <pre>{@code
 * Settings.builder().carrier(TraceCarrier.of(GlobalOpenTelemetry.get())).build();
 * }</pre>
 *
 * <p>The span's name is {@code lastly.run}; its parent is the current span of the running thread,
 * if there is one, such as the request whose job ends. Its attributes: {@code
 * lastly.function.name}, {@code lastly.function.id}, {@code lastly.attempt}, {@code lastly.orphan}
 * and {@code lastly.outcome}, as in {@link AttemptOutcome#columnValue}. Its status is ERROR if the
 * attempt failed. The entry that is stored is a <a href="https://www.w3.org/TR/trace-context/">W3C
 * trace context</a>.
 *
 * <p>Needs {@code opentelemetry-api} on the application's class path. Thread-safe.
 */
public final class TraceCarrier implements ContextCarrier {
  private static final AttributeKey<String> NAME = AttributeKey.stringKey("lastly.function.name");
  private static final AttributeKey<String> ID = AttributeKey.stringKey("lastly.function.id");
  private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("lastly.attempt");
  private static final AttributeKey<Boolean> ORPHAN = AttributeKey.booleanKey("lastly.orphan");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("lastly.outcome");

  private static final TextMapGetter<Map<String, String>> ENTRIES =
      new TextMapGetter<>() {
        @Override
        @SuppressWarnings("deprecation") // older versions of OpenTelemetry have no default
        public Iterable<String> keys(Map<String, String> entries) {
          return entries.keySet();
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> entries, String key) {
          return entries == null ? null : entries.get(key);
        }
      };

  private final Tracer tracer;

  private TraceCarrier(Tracer tracer) {
    this.tracer = tracer;
  }

  /**
   * Makes spans with a tracer of this OpenTelemetry, named {@code dev.lastly}.
   *
   * @param telemetry the application's, which it also closes
   * @return a carrier for {@link dev.lastly.model.Settings.Builder#carrier}
   */
  public static TraceCarrier of(OpenTelemetry telemetry) {
    return new TraceCarrier(telemetry.getTracer("dev.lastly"));
  }

  @Override
  public Map<String, String> capture() {
    Map<String, String> entries = new LinkedHashMap<>();
    W3CTraceContextPropagator.getInstance().inject(Context.current(), entries, TraceCarrier::put);
    return entries;
  }

  private static void put(@Nullable Map<String, String> entries, String key, String value) {
    if (entries != null) {
      entries.put(key, value);
    }
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // the scope that this returns closes it
  public Restored restore(Map<String, String> entries, String function, RunContext run) {
    SpanBuilder builder =
        tracer
            .spanBuilder("lastly.run")
            .setSpanKind(SpanKind.INTERNAL)
            .setAttribute(NAME, function)
            .setAttribute(ID, run.functionKey())
            .setAttribute(ATTEMPT, (long) run.attempt())
            .setAttribute(ORPHAN, run.isOrphan());
    SpanContext registration = registration(entries);
    if (registration.isValid()) {
      builder.addLink(registration);
    }
    Span span = builder.startSpan();
    io.opentelemetry.context.Scope current = span.makeCurrent();
    return outcome -> {
      current.close();
      span.setAttribute(OUTCOME, outcome.columnValue());
      if (outcome.isFailure()) {
        span.setStatus(StatusCode.ERROR);
      }
      span.end();
    };
  }

  private static SpanContext registration(Map<String, String> entries) {
    Context extracted =
        W3CTraceContextPropagator.getInstance().extract(Context.root(), entries, ENTRIES);
    return Span.fromContext(extracted).getSpanContext();
  }

  @Override
  public String toString() {
    return "TraceCarrier";
  }
}
