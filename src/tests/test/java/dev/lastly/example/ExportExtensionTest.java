package dev.lastly.example;

// tag::extension[]
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.testkit.junit.LastlyExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LastlyExtension.class)
class ExportExtensionTest {
  @Test
  void discard_jobThatEnds_leavesNothing(DeferredFunctionManager manager, @TempDir Path directory)
      throws Exception {
    Path scratch = directory.resolve("scratch");
    try (JobContext job = manager.openJob("export")) {
      job.defer(MendedExport::discard, scratch);
      Files.createDirectory(scratch);
    }
    assertThat(scratch).doesNotExist();
  }
}
// end::extension[]
