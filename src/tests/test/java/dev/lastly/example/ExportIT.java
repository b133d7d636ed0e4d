package dev.lastly.example;

// tag::cleanup[]
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.testkit.junit.CleanUpExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(CleanUpExtension.class)
class ExportIT {
  @BeforeAll
  static void startServer(JobContext job) throws IOException { // ends after the last test
    job.start(new ProcessBuilder("sleep", "600"));
  }

  @Test
  void export_emptyTable_writesNoParts(Deferrer job) throws IOException {
    Path target = Path.of("/tmp/export-" + ProcessHandle.current().pid());
    job.deleteTree(target); // at the end of this test; first, so that no kill comes before it
    Files.createDirectory(target);
    assertThat(target).isEmptyDirectory();
  }
}
// end::cleanup[]
