package dev.lastly.spring;

import java.util.Objects;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ApplicationContext;

/** The health of Boot 4. */
final class Boot4HealthTest extends HealthContract {
  @Override
  Class<?> configuration() {
    return Boot4HealthAutoConfiguration.class;
  }

  @Override
  Seen health(ApplicationContext context) {
    HealthIndicator indicator = context.getBean(HealthIndicator.class);
    Health health = Objects.requireNonNull(indicator.health());
    return new Seen(health.getStatus().getCode(), health.getDetails());
  }
}
