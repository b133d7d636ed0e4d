package dev.lastly.disk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.Durability;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The promises about power cuts, on images of the files as a cut may have left them; each is opened
 * by SQLite and by Lastly. {@code make power-loss} judges more of them.
 */
@Tag("campaign")
class PowerLossTest {
  // The recording of a failure is kept.
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path home;

  @ParameterizedTest
  @CsvSource({
    "FIRST_DAY, POWER_LOSS, 35",
    "FIRST_DAY, PROCESS_CRASH, 25",
    "SECOND_DAY, POWER_LOSS, 25",
    "LAST_DAY, POWER_LOSS, 35",
    "COMPACTED, POWER_LOSS, 25",
    "COMPACTED, PROCESS_CRASH, 20",
    "PRUNED, POWER_LOSS, 25",
    "CROWD, POWER_LOSS, 25"
  })
  void images_afterAnyCut_keepWhatWasPromised(Play play, Durability durability, int images)
      throws Exception {
    long seed = Long.getLong("lastly.disk.seed", System.nanoTime());
    Recording recording = new DiskRecorder(home).record(play, durability);
    Path workshop = Workshop.open();
    try {
      Campaign campaign = new Campaign(recording, durability, workshop, seed);
      for (int i = 0; i < images; i++) {
        campaign.next();
      }
      System.out.println(campaign.summary() + "; -Dlastly.disk.seed=" + seed);
      assertThat(campaign.problems()).isEmpty();
      assertThat(campaign.images()).isEqualTo(images);
    } finally {
      Workshop.delete(workshop);
    }
  }
}
