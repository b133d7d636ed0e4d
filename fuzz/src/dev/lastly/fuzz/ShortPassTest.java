package dev.lastly.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Every seed of every fuzz target, and a fixed number of random mutations of them that are the same
 * in each run, without Jazzer. That and how to look further: {@code docs/testing.md}.
 */
@Tag("campaign")
final class ShortPassTest {
  private static final Path PROJECT = Path.of(System.getProperty("lastly.basedir", "."));

  static final List<FuzzTarget> TARGETS = FuzzTarget.ALL;

  @ParameterizedTest
  @FieldSource("TARGETS")
  void replay_seedsAndMutations_findNothing(FuzzTarget target) throws Exception {
    Path directory = Places.of(target).resolve("short-pass");
    FuzzChild child =
        FuzzChild.run(
            directory,
            Duration.ofMinutes(3),
            List.of("-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"),
            Replay.class.getName(),
            target.name(),
            PROJECT.toAbsolutePath().toString());
    assertThat(child.exitCode())
        .as(
            "the input is kept; try it again with%n  make fuzz TARGET=%s INPUT=%s%n%s",
            target, directory.resolve("input"), child.end())
        .isZero();
  }

  @Test
  void corpus_hasADirectoryForEachTargetAndNoOther() throws Exception {
    try (Stream<Path> directories = Files.list(PROJECT.resolve("fuzz").resolve("corpus"))) {
      assertThat(directories.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(TARGETS.stream().map(FuzzTarget::name).toList());
    }
  }
}
