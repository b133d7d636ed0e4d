package dev.lastly.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
  private static final int KILLED = 128 + 9;

  @TempDir private Path base;

  @Test
  void crashAndRecover_runAgainAndAgain_eachCleansUpAfterTheLast() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(crash()).isEqualTo("clean\n");
      assertThat(base.resolve("scratch")).exists();
    }
    DeferredFunctionManager.cleanupWorker(base);
    assertThat(base).isEmptyDirectory();
  }

  @Test
  void lease_jobEnds_releasedOnlyIfItIsStillOurs() throws Exception {
    Path ours = Files.writeString(base.resolve("ours"), "me");
    Path others = Files.writeString(base.resolve("others"), "somebody else");
    Settings settings = Settings.builder().namedFunctions(Leases.class).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, settings);
        JobContext job = manager.openJob()) {
      job.defer(Leases::release, new Leases.Lease(ours, "me"));
      job.defer(Leases::release, new Leases.Lease(others, "me"));
      job.defer(Leases::release, new Leases.Lease(base.resolve("absent"), "me"));
    }
    assertThat(ours).doesNotExist();
    assertThat(others).hasContent("somebody else");
  }

  private String crash() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    CrashAndRecover.class.getName(),
                    base.toString()))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(KILLED);
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }
}
