package dev.lastly.internal.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** A failure of the application's logging. */
final class LogTest {
  private final List<String> lines = new ArrayList<>();

  private Logger failing(Throwable failure) {
    return (Logger)
        Proxy.newProxyInstance(
            Logger.class.getClassLoader(),
            new Class<?>[] {Logger.class},
            (proxy, method, arguments) -> {
              lines.add(method.getName());
              throw failure;
            });
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
}
