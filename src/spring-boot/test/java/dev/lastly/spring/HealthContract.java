package dev.lastly.spring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.util.ClassUtils;

/** The health that each Boot reports, and what it configures by itself. */
abstract class HealthContract {
  @TempDir private Path base;

  /** What a health says, in either Boot. */
  record Seen(String status, Map<String, Object> details) {}

  /** The configuration of this Boot. */
  abstract Class<?> configuration();

  /** The health that this Boot's indicator reports now. */
  abstract Seen health(ApplicationContext context);

  private ApplicationContextRunner here() {
    return new ApplicationContextRunner()
        .withConfiguration(AutoConfigurations.of(LastlyAutoConfiguration.class, configuration()))
        .withPropertyValues("lastly.state-dir=" + base);
  }

  static void fail() {
    throw new IllegalStateException("on purpose");
  }

  @Test
  void health_ofANodeWithAQuarantinedFunction_isTheConfiguredStatus() {
    here()
        .withPropertyValues(
            "lastly.retry.max-attempts=1",
            "lastly.health.max-quarantined=0",
            "lastly.health.bad-status=OUT_OF_SERVICE")
        .run(
            context -> {
              Seen good = health(context);
              assertThat(good.status()).isEqualTo("UP");
              assertThat(good.details()).containsEntry("oldestOrphanSeconds", 0L);
              try (JobContext job = context.getBean(DeferredFunctionManager.class).openJob()) {
                job.defer(HealthContract::fail);
              }
              Seen bad = health(context);
              assertThat(bad.status()).isEqualTo("OUT_OF_SERVICE");
              assertThat(bad.details()).containsEntry("quarantined", 1L);
            });
  }

  @Test
  void health_disabled_isAbsent() {
    here()
        .withPropertyValues("management.health.lastly.enabled=false")
        .run(context -> assertThat(context).doesNotHaveBean("lastlyHealthIndicator"));
  }

  /** Its limits are properties of ours, which must be there also if our manager is not. */
  @Test
  void health_ofAnApplicationsOwnManager_whenOursIsDisabled_isThere() {
    here()
        .withPropertyValues("lastly.enabled=false", "lastly.health.orphan-age=1h")
        .withBean(DeferredFunctionManager.class, () -> DeferredFunctionManager.open(base))
        .run(context -> assertThat(context).hasNotFailed().hasBean("lastlyHealthIndicator"));
  }

  @Test
  void actuator_absent_leavesTheManager() {
    here()
        .withClassLoader(
            new FilteredClassLoader(
                "org.springframework.boot.actuate", "org.springframework.boot.health"))
        .run(
            context ->
                assertThat(context)
                    .hasNotFailed()
                    .hasSingleBean(DeferredFunctionManager.class)
                    .doesNotHaveBean("lastlyHealthIndicator"));
  }

  @Test
  void configurations_ofThisJar_areThere() {
    ClassLoader loader = getClass().getClassLoader();
    assertThat(ImportCandidates.load(AutoConfiguration.class, loader).getCandidates())
        .filteredOn(name -> name.startsWith("dev.lastly."))
        .hasSize(5)
        .allSatisfy(name -> assertThat(ClassUtils.isPresent(name, loader)).isTrue());
  }
}
