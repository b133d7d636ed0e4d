package dev.lastly.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunction;
import dev.lastly.JobContext;
import dev.lastly.testkit.CrashPoint;
import dev.lastly.testkit.CrashTest;
import dev.lastly.testkit.IdempotenceCheck;
import dev.lastly.testkit.TestNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The tests that the documentation shows; {@code TestingDocTest} runs them. */
public final class ExportTests {
  private ExportTests() {}

  /** Finds four crash points that the naive worker does not bear. */
  public static void naive() {
    // tag::crash[]
    CrashTest.of(NaiveExport.class, "{state}", "{world}")
        .everyCrashPoint()
        .parallelism(2)
        .check(world -> assertThat(world.directory().toFile().list()).isEmpty());
    // end::crash[]
  }

  /** Finds none in the mended one. */
  public static List<CrashPoint> mended() {
    return CrashTest.of(MendedExport.class, "{state}", "{world}")
        .parallelism(2)
        .check(world -> assertThat(world.directory().toFile().list()).isEmpty());
  }

  /** Looks at the function alone. */
  public static void idempotence(Path directory) {
    // tag::idempotence[]
    Path scratch = directory.resolve("scratch");
    IdempotenceCheck.in(directory)
        .given(
            () -> {
              Files.createDirectory(scratch);
              Files.createFile(scratch.resolve("part-1"));
            })
        .check(DeferredFunction.create(MendedExport::discard, scratch));
    // end::idempotence[]
  }

  /** Kills a worker that is none, and moves a clock. */
  public static void node(Path directory, Path scratch) {
    // tag::node[]
    try (TestNode node = TestNode.open(directory)) {
      TestNode.Worker a = node.worker("a");
      JobContext job = a.openJob("export");
      job.defer(MendedExport::discard, scratch);
      node.clock().advance(Duration.ofDays(7));
      assertThat(node.reap()).isZero(); // a lives, however long it takes
      a.kill();
      assertThat(node.reap()).isEqualTo(1);
    }
    // end::node[]
  }
}
