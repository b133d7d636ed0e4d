package dev.lastly.spring;

import java.util.Objects;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.context.ApplicationContext;

/** The health of Boot 3. */
final class Boot3HealthTest extends HealthContract {
  @Override
  Class<?> configuration() {
    return Boot3HealthAutoConfiguration.class;
  }

  @Override
  Seen health(ApplicationContext context) {
    HealthIndicator indicator = context.getBean(HealthIndicator.class);
    Health health = Objects.requireNonNull(indicator.health());
    return new Seen(health.getStatus().getCode(), health.getDetails());
  }
}
