package dev.lastly.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
  @TempDir private Path base;

  @Test
  void lease_jobEnds_releasedOnlyIfItIsStillOurs() throws Exception {
    Path ours = Files.writeString(base.resolve("ours"), "me");
    Path others = Files.writeString(base.resolve("others"), "another worker");
    Settings settings = Settings.builder().namedFunctions(Leases.class).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        JobContext job = manager.openJob()) {
      job.defer(Leases::release, new Leases.Lease(ours, "me"));
      job.defer(Leases::release, new Leases.Lease(others, "me"));
      job.defer(Leases::release, new Leases.Lease(base.resolve("absent"), "me"));
    }
    assertThat(ours).doesNotExist();
    assertThat(others).hasContent("another worker");
  }
}
