package dev.lastly.internal.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageFaultTest {
  @TempDir private Path directory;

  @Test
  void ofWriting_afterAProcessWasKilledInIt_removesItsFileAndLeavesNone() throws Exception {
    Path database = Files.createFile(directory.resolve("some.db"));
    Files.createFile(directory.resolve(".probe-5a1c"));
    Files.createFile(directory.resolve("probe"));
    assertThat(StorageFault.ofWriting(database)).isEmpty();
    assertThat(directory).isDirectoryNotContaining("glob:**/.probe-*");
    assertThat(directory).isDirectoryContaining("glob:**/probe");
    assertThat(database).exists();
  }
}
