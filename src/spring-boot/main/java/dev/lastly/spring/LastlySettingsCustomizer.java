package dev.lastly.spring;

import dev.lastly.model.Settings;

/**
 * A bean that changes the settings of the manager after the properties {@code lastly.*} have been
 * applied, such as one that adds a listener. All such beans are asked, in their order.
 */
@FunctionalInterface
public interface LastlySettingsCustomizer {
  /**
   * Changes the settings. What it sets as {@code onShutdown} has no effect: the property {@code
   * lastly.on-shutdown} says what the end of the context does.
   *
   * @param settings a builder that has the properties
   */
  void customize(Settings.Builder settings);
}
