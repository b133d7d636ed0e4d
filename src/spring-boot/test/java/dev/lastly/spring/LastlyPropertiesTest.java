package dev.lastly.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.context.MdcCarrier;
import dev.lastly.model.Durability;
import dev.lastly.model.Named;
import dev.lastly.model.OnDamage;
import dev.lastly.model.OnFailure;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** From texts to settings. */
final class LastlyPropertiesTest {
  /** What a text cannot say: beans do. */
  private static final Set<String> OF_BEANS = Set.of("fleet", "listener", "classLoader", "carrier");

  @Named("greet")
  static void greet(String name) {}

  private static Settings settings(Map<String, String> properties) {
    LastlyProperties bound =
        new Binder(new MapConfigurationPropertySource(properties))
            .bindOrCreate("lastly", LastlyProperties.class);
    return ConfiguredSettings.of(bound, "shop", LastlyPropertiesTest.class.getClassLoader())
        .build();
  }

  @Test
  void defaults_ofTheProperties_areThoseOfTheSettings() throws Exception {
    assertThat(getters(settings(Map.of()), "label"))
        .isEqualTo(getters(Settings.defaults(), "label"));
    assertThat(settings(Map.of()).label()).isEqualTo("shop");
  }

  /** The value of each getter, as a text that shows its content. */
  private static Map<String, String> getters(Settings settings, String without) throws Exception {
    Map<String, String> values = new TreeMap<>();
    for (Method method : Settings.class.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers())
          && !Modifier.isStatic(method.getModifiers())
          && !method.getName().equals(without)) {
        values.put(method.getName(), String.valueOf(method.invoke(settings)));
      }
    }
    return values;
  }

  @Test
  void everySetting_givenAsText_isApplied() {
    String type = LastlyPropertiesTest.class.getName();
    Settings settings =
        settings(
            Map.ofEntries(
                Map.entry("lastly.label", "mine"),
                Map.entry("lastly.durability", "process-crash"),
                Map.entry("lastly.order", "registration"),
                Map.entry("lastly.reap-interval", "2s"),
                Map.entry("lastly.function-timeout", "3s"),
                Map.entry("lastly.store-timeout", "4s"),
                Map.entry("lastly.finished-retention", "1d"),
                Map.entry("lastly.finished-limit", "5"),
                Map.entry("lastly.log-limit", "64MB"),
                Map.entry("lastly.on-shutdown", "interrupt"),
                Map.entry("lastly.shutdown-grace", "6s"),
                Map.entry("lastly.on-damage", "begin-new"),
                Map.entry("lastly.on-failure", "throw"),
                Map.entry("lastly.allow-file-systems", "fakeowner,other"),
                Map.entry("lastly.allow-list", "com.acme.*," + type + "," + type + "#greet"),
                Map.entry("lastly.aliases[old.Greeter#greet]", type + "#greet"),
                Map.entry("lastly.named-functions", type),
                Map.entry("lastly.carry-mdc", "requestId,tenant"),
                Map.entry("lastly.retry.max-attempts", "7"),
                Map.entry("lastly.retry.initial-backoff", "8s"),
                Map.entry("lastly.retry.max-backoff", "9s"),
                Map.entry("lastly.retry.multiplier", "1.5"),
                Map.entry("lastly.guardian.enabled", "true"),
                Map.entry("lastly.guardian.jvm-options", "-Xmx128m,-Xss1m")));
    assertThat(settings.label()).isEqualTo("mine");
    assertThat(settings.durability()).isEqualTo(Durability.PROCESS_CRASH);
    assertThat(settings.order()).isEqualTo(Order.REGISTRATION);
    assertThat(settings.reapInterval()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.functionTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.storeTimeout()).isEqualTo(Duration.ofSeconds(4));
    assertThat(settings.finishedRetention()).isEqualTo(Duration.ofDays(1));
    assertThat(settings.finishedLimit()).isEqualTo(5);
    assertThat(settings.logLimit()).isEqualTo(64L << 20);
    assertThat(settings.onShutdown()).isEqualTo(OnShutdown.INTERRUPT);
    assertThat(settings.shutdownGrace()).isEqualTo(Duration.ofSeconds(6));
    assertThat(settings.onDamage()).isEqualTo(OnDamage.BEGIN_NEW);
    assertThat(settings.onFailure()).isEqualTo(OnFailure.THROW);
    assertThat(settings.allowedFileSystems()).containsExactlyInAnyOrder("fakeowner", "other");
    assertThat(settings.policy().allowed())
        .containsExactlyInAnyOrder("com.acme.*", type, type + "#greet");
    assertThat(settings.aliases()).containsExactly(Map.entry("old.Greeter#greet", type + "#greet"));
    assertThat(settings.namedFunctions()).containsExactly(LastlyPropertiesTest.class);
    assertThat(settings.carriers()).containsExactly(MdcCarrier.of("requestId", "tenant"));
    assertThat(settings.retry().toString())
        .isEqualTo(
            RetryPolicy.builder()
                .maxAttempts(7)
                .initialBackoff(Duration.ofSeconds(8))
                .maxBackoff(Duration.ofSeconds(9))
                .multiplier(1.5)
                .build()
                .toString());
    assertThat(settings.guardian().isWanted()).isTrue();
    assertThat(settings.guardian().jvmOptions()).containsExactly("-Xmx128m", "-Xss1m");
  }

  /** A setting that is added to the library must be added here, or be named above. */
  @Test
  void everySetting_ofTheLibrary_isAPropertyOrOfABean() throws Exception {
    Map<String, String> names =
        Map.of(
            "allowFileSystem", "allow-file-systems",
            "alias", "aliases",
            "policy", "allow-list",
            "guardian", "guardian.enabled",
            "retry", "retry.max-attempts");
    Set<String> wanted = new TreeSet<>();
    Arrays.stream(Settings.Builder.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> method.getParameterCount() > 0)
        .map(Method::getName)
        .filter(name -> !OF_BEANS.contains(name))
        .map(name -> names.getOrDefault(name, kebab(name)))
        .forEach(wanted::add);
    Arrays.stream(RetryPolicy.Builder.class.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> method.getParameterCount() > 0)
        .forEach(method -> wanted.add("retry." + kebab(method.getName())));
    assertThat(described()).containsAll(wanted);
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  /** The names of the properties in the metadata, each of which has a description. */
  private static Set<String> described() throws Exception {
    Pattern property =
        Pattern.compile(
            "\"name\": \"lastly\\.([^\"]+)\",\\s+\"type\": \"[^\"]+\",\\s+\"description\":"
                + " \"[A-Z]");
    try (InputStream metadata =
        LastlyProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      assertThat(metadata).isNotNull();
      String text = new String(metadata.readAllBytes(), StandardCharsets.UTF_8);
      List<MatchResult> found = property.matcher(text).results().toList();
      Set<String> names = new TreeSet<>();
      found.forEach(match -> names.add(match.group(1)));
      return names;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "lastly.store-timeout, 0s, storeTimeout must be more than zero",
    "lastly.log-limit, 1MB, at least",
    "lastly.allow-list, com.acme.Missing, com.acme.Missing",
    "lastly.retry.max-attempts, 0, maxAttempts must be 1 to",
    "lastly.retry.initial-backoff, 1h, is longer than maxBackoff",
    "lastly.aliases.wrong, x, an alias names methods as"
  })
  void value_thatTheLibraryRefuses_isNamedByItsProperty(String name, String value, String why) {
    assertThatThrownBy(() -> settings(Map.of(name, value)))
        .isInstanceOf(InvalidConfigurationPropertyValueException.class)
        .hasMessageContaining(name.replace(".wrong", ""))
        .hasMessageContaining(why);
  }
}
