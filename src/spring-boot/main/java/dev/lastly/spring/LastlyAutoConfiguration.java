package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.context.TraceCarrier;
import dev.lastly.model.ContextCarrier;
import dev.lastly.model.FleetStore;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.file.Path;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * A {@link DeferredFunctionManager} as a bean, unless the application has one of its own, which is
 * left alone.
 */
@AutoConfiguration
@EnableConfigurationProperties(LastlyProperties.class)
@ConditionalOnProperty(name = "lastly.enabled", havingValue = "true", matchIfMissing = true)
public final class LastlyAutoConfiguration {
  /** For Spring. */
  public LastlyAutoConfiguration() {}

  /** The manager, and what opens and closes it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingBean(DeferredFunctionManager.class)
  static final class ManagerConfiguration {
    @Bean
    LastlyLifecycle lastlyLifecycle(
        LastlyProperties properties,
        ApplicationContext context,
        ObjectProvider<FleetStore> fleet,
        ObjectProvider<ContextCarrier> carriers,
        ObjectProvider<LastlySettingsCustomizer> customizers) {
      Path stateDir = properties.stateDir();
      if (stateDir == null || stateDir.toString().isEmpty()) {
        throw ConfiguredSettings.refused(
            "state-dir",
            stateDir,
            "a manager needs a directory on a local file system that outlives the application,"
                + " such as /var/lib/myapp; or set lastly.enabled=false");
      }
      Settings.Builder settings =
          ConfiguredSettings.of(
              properties,
              context.getEnvironment().getProperty("spring.application.name"),
              context.getClassLoader());
      fleet.ifUnique(settings::fleet);
      carriers.orderedStream().forEach(settings::carrier);
      customizers.orderedStream().forEach(customizer -> customizer.customize(settings));
      settings.onShutdown(OnShutdown.NOTHING); // the context ends it, not a hook of the JVM
      return new LastlyLifecycle(
          DeferredFunctionManager.open(stateDir, settings.build()),
          properties.onShutdown(),
          context);
    }

    /** Closed by its life cycle, not by Spring, which would clean up under jobs at work. */
    @Bean(destroyMethod = "")
    DeferredFunctionManager lastlyManager(LastlyLifecycle lifecycle) {
      return lifecycle.manager();
    }

    /** Of a manager of ours, if it is to have spans. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "lastly.carry-trace", havingValue = "true")
    @ConditionalOnClass(OpenTelemetry.class)
    static final class TraceConfiguration {
      @Bean
      @Order(Ordered.HIGHEST_PRECEDENCE)
      @ConditionalOnMissingBean
      TraceCarrier lastlyTraceCarrier(ObjectProvider<OpenTelemetry> telemetry) {
        OpenTelemetry ofTheContext = telemetry.getIfUnique();
        return TraceCarrier.of(
            ofTheContext == null ? GlobalOpenTelemetry.get() : ofTheContext); // an agent's
      }
    }

    /** An application that asks for spans and would get none. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "lastly.carry-trace", havingValue = "true")
    @ConditionalOnMissingClass("io.opentelemetry.api.OpenTelemetry")
    static final class NoTraceConfiguration {
      NoTraceConfiguration() {
        throw ConfiguredSettings.refused(
            "carry-trace",
            true,
            "io.opentelemetry:opentelemetry-api is not on the class path. Add it, or leave the"
                + " property out");
      }
    }
  }
}
