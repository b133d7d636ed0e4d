package dev.lastly.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
  private static final int KILLED = 128 + 9;

  /** Java compiles it when it runs it, as the README shows. */
  private static final Path CRASH_AND_RECOVER =
      Path.of(
          System.getProperty("lastly.basedir", ""),
          "src/tests/test/java/dev/lastly/example/CrashAndRecover.java");

  @TempDir private Path base;

  @Test
  void crashAndRecover_killedTwice_nextRunCleansUpAfterBoth() throws Exception {
    assertThat(run("kill")).isEqualTo(KILLED);
    assertThat(scratch()).hasSize(1);
    assertThat(run("kill")).isEqualTo(KILLED);
    assertThat(scratch()).isNotEmpty(); // at least its own
    assertThat(run()).isZero();
    assertThat(scratch()).isEmpty();
  }

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

  private List<Path> scratch() throws IOException {
    try (Stream<Path> entries = Files.list(base)) {
      return entries.filter(path -> path.getFileName().toString().startsWith("scratch")).toList();
    }
  }

  private int run(String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.addAll(List.of(CRASH_AND_RECOVER.toString(), base.toString()));
    command.addAll(List.of(more));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
