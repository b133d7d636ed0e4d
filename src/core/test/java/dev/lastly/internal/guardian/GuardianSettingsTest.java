package dev.lastly.internal.guardian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.Durability;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.Named;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GuardianSettingsTest {
  /** What concerns only the manager that starts a guardian. */
  private static final Set<String> KEPT =
      Set.of(
          "carriers",
          "label",
          "classLoader",
          "fleet",
          "guardian",
          "listeners",
          "onDamage",
          "onFailure",
          "onShutdown");

  private static final Settings SETTINGS =
      Settings.builder()
          .durability(Durability.PROCESS_CRASH)
          .order(Order.REGISTRATION)
          .retry(
              RetryPolicy.builder()
                  .maxAttempts(3)
                  .initialBackoff(Duration.ofMillis(7))
                  .maxBackoff(Duration.ofHours(2))
                  .multiplier(1.5)
                  .build())
          .reapInterval(Duration.ofMillis(300))
          .functionTimeout(Duration.ofMillis(2_001))
          .storeTimeout(Duration.ofSeconds(5))
          .finishedRetention(Duration.ofDays(40_00))
          .finishedLimit(Long.MAX_VALUE)
          .logLimit(1L << 30)
          .shutdownGrace(Duration.ZERO)
          .policy(
              FunctionPolicy.allowList()
                  .allowClass(GuardianSettingsTest.class)
                  .allowMethod(GuardianSettingsTest.class, "named")
                  .allowMethod(GuardianSettingsTest.class, "<init>")
                  .allowPackage("com.acme.größe")
                  .build())
          .allowFileSystem("fakeowner")
          .allowFileSystem("nfs4")
          .alias("old.A#a", "dev.lastly.B#b")
          .alias("old.A#c", "dev.lastly.B#d")
          .namedFunctions(GuardianSettingsTest.class)
          .build();

  @Named("named")
  static void named() {}

  @Test
  void read_written_hasEverySettingThatAFunctionMayDependOn() throws Exception {
    GuardianSettings read = handed(SETTINGS);
    assertThat(read.base()).isEqualTo(Path.of("/base dir/größe"));
    assertThat(read.stem()).isEqualTo("deferred");
    assertThat(read.settings().label()).isEqualTo("guardian");
    Set<String> compared = new TreeSet<>(KEPT);
    for (Method getter : getters(Settings.class)) {
      if (compared.add(getter.getName())) {
        assertThat(comparable(getter.invoke(read.settings())))
            .as(getter.getName())
            .isEqualTo(comparable(getter.invoke(SETTINGS)))
            .isNotEqualTo(comparable(getter.invoke(Settings.defaults())));
      }
    }
  }

  /** These two have no equals. */
  private static Object comparable(Object value) {
    return value instanceof RetryPolicy retry
        ? retry.toString()
        : value instanceof FunctionPolicy policy ? policy.allowed() : value;
  }

  private static Iterable<Method> getters(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .filter(method -> method.getParameterCount() == 0)
        .collect(Collectors.toList());
  }

  @Test
  void read_defaults_areDefaults() throws Exception {
    Settings read = handed(Settings.defaults()).settings();
    assertThat(read.policy()).isSameAs(FunctionPolicy.privateDirectory());
    assertThat(read.aliases()).isEmpty();
    assertThat(read.namedFunctions()).isEmpty();
    assertThat(read.allowedFileSystems()).isEmpty();
  }

  @Test
  void read_intervalZeroOrLong_isOneSecond() throws Exception {
    for (Duration interval : new Duration[] {Duration.ZERO, Duration.ofHours(1)}) {
      assertThat(
              handed(Settings.builder().reapInterval(interval).build()).settings().reapInterval())
          .isEqualTo(Duration.ofSeconds(1));
    }
  }

  @Test
  void read_cutOff_isRefused() throws Exception {
    StringWriter out = new StringWriter();
    GuardianSettings.write(Path.of("/base"), "deferred", SETTINGS, out);
    String half = out.toString().substring(0, out.toString().length() / 2);
    assertThatThrownBy(() -> read(half))
        .isInstanceOf(EOFException.class)
        .hasMessageContaining("ended before it had passed its settings");
  }

  private static GuardianSettings handed(Settings settings) throws Exception {
    StringWriter out = new StringWriter();
    GuardianSettings.write(Path.of("/base dir/größe"), "deferred", settings, out);
    return read(out.toString());
  }

  private static GuardianSettings read(String text) throws Exception {
    return GuardianSettings.read(
        new BufferedReader(new StringReader(text)), GuardianSettingsTest.class.getClassLoader());
  }
}
