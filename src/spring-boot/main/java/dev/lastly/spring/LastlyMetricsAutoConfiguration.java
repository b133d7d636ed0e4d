package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.metrics.LastlyMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** The metrics of the manager and its node. Boot binds them to each registry. */
@AutoConfiguration(
    after = LastlyAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.actuate.autoconfigure.metrics"
          + ".CompositeMeterRegistryAutoConfiguration", // of Boot 3
      "org.springframework.boot.micrometer.metrics.autoconfigure"
          + ".CompositeMeterRegistryAutoConfiguration" // of Boot 4
    })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean(MeterRegistry.class)
@ConditionalOnSingleCandidate(DeferredFunctionManager.class)
public final class LastlyMetricsAutoConfiguration {
  /** For Spring. */
  public LastlyMetricsAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  LastlyMetrics lastlyMetrics(DeferredFunctionManager manager) {
    return new LastlyMetrics(manager);
  }
}
