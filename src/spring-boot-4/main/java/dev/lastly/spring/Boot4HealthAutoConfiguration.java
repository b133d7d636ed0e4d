package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The health of the node, by the interfaces of Boot 4. */
@AutoConfiguration(after = LastlyAutoConfiguration.class)
@ConditionalOnClass(
    name =
        "org.springframework.boot.health.autoconfigure.contributor"
            + ".ConditionalOnEnabledHealthIndicator")
@ConditionalOnSingleCandidate(DeferredFunctionManager.class)
@EnableConfigurationProperties(
    LastlyProperties.class) // also beside a manager of the application's own
public final class Boot4HealthAutoConfiguration {
  /** For Spring. */
  public Boot4HealthAutoConfiguration() {}

  /** Read only if there is an actuator, whose condition it has. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnEnabledHealthIndicator("lastly")
  static final class EnabledConfiguration {
    @Bean
    @ConditionalOnMissingBean(name = "lastlyHealthIndicator")
    HealthIndicator lastlyHealthIndicator(
        DeferredFunctionManager manager, LastlyProperties properties) {
      return new NodeIndicator(manager, properties.health());
    }
  }

  private static final class NodeIndicator extends AbstractHealthIndicator {
    private final DeferredFunctionManager manager;
    private final LastlyProperties.Health limits;

    NodeIndicator(DeferredFunctionManager manager, LastlyProperties.Health limits) {
      super("the state directory of Lastly cannot be read");
      this.manager = manager;
      this.limits = limits;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
      NodeHealth node = NodeHealth.of(manager, limits);
      builder
          .status(node.good() ? Status.UP : new Status(limits.badStatus()))
          .withDetails(node.details());
    }
  }
}
