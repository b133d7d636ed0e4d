package dev.lastly.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong settings are rejected, and never corrected. */
final class FleetSettingsTest {
  @Test
  void defaults_areThoseOfTheDocumentation() {
    FleetSettings settings = FleetSettings.defaults();
    assertThat(settings.schema()).isEqualTo("lastly");
    assertThat(settings.ttl()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.margin()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.presumeAfter()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.commit()).isEqualTo(CommitLevel.ON);
    assertThat(settings.singleNode()).isFalse();
  }

  @Test
  void builder_wrongValues_areRejected() {
    FleetSettings.Builder builder = FleetSettings.builder();
    assertThatIllegalArgumentException().isThrownBy(() -> builder.schema("x; DROP SCHEMA public"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.schema("Upper"));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.ttl(Duration.ofMillis(999)));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.presumeAfter(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.timeout(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.machineId(" "));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.margin(Duration.ofSeconds(30)).build());
  }

  @Test
  void open_anotherImplementationOfTheStore_isRefusedAndLeavesNothing(@TempDir Path directory) {
    Settings settings = Settings.builder().fleet(() -> "elsewhere").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DeferredFunctionManager.open(directory, settings))
        .withMessageContaining("Settings.fleet takes what Fleet.open of lastly-fleet returns");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void neverPresume_isNoDuration() {
    assertThat(FleetSettings.builder().neverPresume().build().presumeAfter()).isNull();
  }
}
