package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The actuator endpoint {@code lastly}, if there is an actuator and the application exposes it. */
@AutoConfiguration(after = LastlyAutoConfiguration.class)
@ConditionalOnClass(
    name =
        "org.springframework.boot.actuate.autoconfigure.endpoint.condition"
            + ".ConditionalOnAvailableEndpoint")
@ConditionalOnSingleCandidate(DeferredFunctionManager.class)
public final class LastlyEndpointAutoConfiguration {
  /** For Spring. */
  public LastlyEndpointAutoConfiguration() {}

  /** Read only if there is an actuator, whose condition it has. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnAvailableEndpoint(endpoint = LastlyEndpoint.class)
  static final class ExposedConfiguration {
    @Bean
    @ConditionalOnMissingBean
    LastlyEndpoint lastlyEndpoint(DeferredFunctionManager manager) {
      return new LastlyEndpoint(manager);
    }
  }
}
