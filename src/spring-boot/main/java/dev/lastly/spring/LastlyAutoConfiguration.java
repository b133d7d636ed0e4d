package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.FleetStore;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

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
  }
}
