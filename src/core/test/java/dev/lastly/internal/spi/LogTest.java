package dev.lastly.internal.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.event.LoggingEvent;
import org.slf4j.spi.DefaultLoggingEventBuilder;
import org.slf4j.spi.LoggingEventAware;

/** A failure of the application's logging. */
final class LogTest {
  private final List<String> lines = new ArrayList<>();

  private Logger failing(@Nullable Throwable failure) {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              if (method.getName().contains("Enabled")) {
                return true;
              }
              lines.add(method.getName());
              if (failure == null) {
                lines.addAll(Stream.of((Object[]) arguments[1]).map(LogTest::text).toList());
                return null;
              }
              throw failure;
            });
  }

  private static String text(@Nullable Object argument) {
    StringWriter text = new StringWriter();
    if (argument instanceof Throwable thrown) {
      thrown.printStackTrace(new PrintWriter(text, true));
      return text.toString();
    }
    return String.valueOf(argument);
  }

  @Test
  void warn_textOfARowForgesALineAndActsOnATerminal_isEscaped() {
    Log log = new Log(failing(null));
    Exception nested = new Exception("a\nb\u001b[2J", new Exception("\u202ec\nCaused by: d"));
    log.warn("a {} {}", "evil\n2026 ERROR root\u001b]0;x\u0007\u202e\ud800", nested);
    assertThat(lines).hasSize(3).contains("evil\\n2026 ERROR root\\u001b]0;x\\u0007\\u202e\\ud800");
    assertThat(lines.get(2))
        .startsWith("java.lang.Exception: a\\nb\\u001b[2J\n\tat dev.lastly.")
        .contains("\nCaused by: java.lang.Exception: \\u202ec\nCaused by: d\n\t");
  }

  @Test
  void warn_stackTraceOfAFunction_keepsItsLines() {
    Log log = new Log(failing(null));
    String trace = "E: no\n\tat a.b(C.java:1)\nCaused by: F: 日本\n\t... 2 more";
    log.warn("{}", trace, 7);
    assertThat(lines).containsExactly("warn", trace, "7");
  }

  @Test
  void warn_textOfMegabytes_isCut() {
    Log log = new Log(failing(null));
    log.warn("{}", "x".repeat(10_800_000), "y");
    assertThat(lines.get(1)).hasSizeLessThan(9_000).endsWith("x … (10800000 characters)");
  }

  @Test
  void everyLevel_logThrowsAnything_callerGoesOn() {
    for (Throwable failure :
        new Throwable[] {new OutOfMemoryError(), new IllegalStateException(), new Exception()}) {
      Log log = new Log(failing(failure));
      assertThatCode(
              () -> {
                log.debug("a {}", 1);
                log.info("a {}", 1);
                log.warn("a {}", 1, new IllegalStateException());
                log.error("a");
              })
          .doesNotThrowAnyException();
    }
    assertThat(lines).hasSize(12).contains("debug", "info", "warn", "error");
  }

  /** Stands for a logger such as Logback's, which keeps pairs apart from the message. */
  private Logger keepingPairs(List<LoggingEvent> events) {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class, LoggingEventAware.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "isEnabledForLevel" -> true;
                  case "makeLoggingEventBuilder" ->
                      new DefaultLoggingEventBuilder((Logger) proxy, (Level) arguments[0]);
                  case "log" -> events.add((LoggingEvent) arguments[0]);
                  default -> lines.add(method.getName());
                });
  }

  @Test
  void warn_idsAmongTheArguments_arePairsWhereTheLoggerKeepsThem() {
    List<LoggingEvent> events = new ArrayList<>();
    Log log = new Log(keepingPairs(events));
    Exception cause = new Exception("no");
    log.warn("{} of {} by {}: {}", new FunctionId(7L), new JobId(8L), new OwnerId(9L), "x", cause);
    assertThat(events).hasSize(1);
    LoggingEvent event = events.get(0);
    assertThat(event.getLevel()).isEqualTo(Level.WARN);
    assertThat(event.getMessage()).isEqualTo("{} of {} by {}: {}");
    assertThat(event.getArguments()).containsExactly("7", "8", "9", "x");
    assertThat(event.getThrowable()).isSameAs(cause);
    assertThat(event.getKeyValuePairs())
        .extracting(pair -> pair.key + "=" + pair.value)
        .containsExactly("lastly.function=7", "lastly.job=8", "lastly.owner=9");
    log.warn("no id {}", 1);
    assertThat(lines).as("as ever").containsExactly("warn");
  }

  @Test
  void warn_idsForAnyOtherLogger_areOnlyInTheMessage() {
    Log log = new Log(failing(null));
    log.warn("function {}", new FunctionId(7L));
    assertThat(lines).containsExactly("warn", "7");
  }
}
