package dev.lastly.spring;

import dev.lastly.context.MdcCarrier;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.Guardian;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * The settings that {@code lastly.*} asks for. A value that is refused is named by its property.
 */
final class ConfiguredSettings {
  private final LastlyProperties properties;
  private final @Nullable ClassLoader loader;
  private final Settings.Builder settings = Settings.builder();

  private ConfiguredSettings(LastlyProperties properties, @Nullable ClassLoader loader) {
    this.properties = properties;
    this.loader = loader;
  }

  /**
   * Makes a builder.
   *
   * @param applicationName the label, unless there is a property; null for none
   * @param loader finds the classes that the allow-list names
   * @throws InvalidConfigurationPropertyValueException if a value is refused
   */
  static Settings.Builder of(
      LastlyProperties properties, @Nullable String applicationName, @Nullable ClassLoader loader) {
    ConfiguredSettings made = new ConfiguredSettings(properties, loader);
    made.label(applicationName);
    made.simple();
    made.lists();
    made.retry();
    made.guardian();
    return made.settings;
  }

  private void label(@Nullable String applicationName) {
    String label = properties.label();
    if (label != null) {
      set("label", label, settings::label);
    } else if (StringUtils.hasText(applicationName)) {
      int end = Math.min(applicationName.length(), Settings.MAX_LABEL_LENGTH);
      set("label", applicationName.substring(0, end), settings::label);
    }
  }

  private void simple() {
    settings.durability(properties.durability());
    settings.order(properties.order());
    settings.onDamage(properties.onDamage());
    settings.onFailure(properties.onFailure());
    settings.onShutdown(properties.onShutdown());
    set("reap-interval", properties.reapInterval(), settings::reapInterval);
    set("function-timeout", properties.functionTimeout(), settings::functionTimeout);
    set("store-timeout", properties.storeTimeout(), settings::storeTimeout);
    set("finished-retention", properties.finishedRetention(), settings::finishedRetention);
    set("finished-limit", properties.finishedLimit(), settings::finishedLimit);
    set("log-limit", properties.logLimit(), size -> settings.logLimit(size.toBytes()));
    set("shutdown-grace", properties.shutdownGrace(), settings::shutdownGrace);
  }

  private void lists() {
    for (String type : properties.allowFileSystems()) {
      set("allow-file-systems", type, settings::allowFileSystem);
    }
    properties
        .aliases()
        .forEach((old, now) -> set("aliases", old, name -> settings.alias(name, now)));
    for (Class<?> type : properties.namedFunctions()) {
      set("named-functions", type, settings::namedFunctions);
    }
    List<String> keys = properties.carryMdc();
    if (!keys.isEmpty()) {
      set("carry-mdc", keys, all -> settings.carrier(MdcCarrier.of(all.toArray(String[]::new))));
    }
    if (!properties.allowList().isEmpty()) {
      FunctionPolicy.Builder policy = FunctionPolicy.allowList();
      for (String entry : properties.allowList()) {
        set("allow-list", entry, text -> allow(policy, text));
      }
      settings.policy(policy.build());
    }
  }

  private void allow(FunctionPolicy.Builder policy, String entry) {
    int method = entry.indexOf('#');
    if (entry.endsWith(".*")) {
      policy.allowPackage(entry.substring(0, entry.length() - 2));
    } else if (method >= 0) {
      policy.allowMethod(type(entry.substring(0, method)), entry.substring(method + 1));
    } else {
      policy.allowClass(type(entry));
    }
  }

  private Class<?> type(String name) {
    return ClassUtils.resolveClassName(name, loader);
  }

  private void retry() {
    LastlyProperties.Retry wanted = properties.retry();
    RetryPolicy.Builder retry = RetryPolicy.builder();
    set("retry.max-attempts", wanted.maxAttempts(), retry::maxAttempts);
    set("retry.initial-backoff", wanted.initialBackoff(), retry::initialBackoff);
    set("retry.max-backoff", wanted.maxBackoff(), retry::maxBackoff);
    set("retry.multiplier", wanted.multiplier(), retry::multiplier);
    set("retry.initial-backoff", wanted.initialBackoff(), any -> settings.retry(retry.build()));
  }

  private void guardian() {
    List<String> options = properties.guardian().jvmOptions();
    if (properties.guardian().enabled()) {
      set(
          "guardian.jvm-options",
          options,
          all ->
              settings.guardian(
                  Guardian.sameClassPath().withJvmOptions(all.toArray(String[]::new))));
    }
  }

  private static <T> void set(String property, T value, Consumer<? super T> setter) {
    try {
      setter.accept(value);
    } catch (IllegalArgumentException e) {
      throw refused(property, value, e.getMessage());
    }
  }

  /** What says that the value of a property will not do. */
  static InvalidConfigurationPropertyValueException refused(
      String property, @Nullable Object value, @Nullable String why) {
    return new InvalidConfigurationPropertyValueException(
        "lastly." + property, value, why == null ? "it is refused" : why);
  }
}
