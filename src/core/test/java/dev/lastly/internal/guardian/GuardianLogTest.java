package dev.lastly.internal.guardian;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another user, who can write the directory, exchanges the file for a link. */
class GuardianLogTest {
  @TempDir private Path directory;
  private Path file;
  private Path victim;
  private GuardianLog log;

  @BeforeEach
  void prepare() throws IOException {
    file = directory.resolve("guardian.log");
    victim = Files.writeString(directory.resolve("victim"), "precious\n");
    log = new GuardianLog(file);
    log.bound();
  }

  private void plant() throws IOException {
    Files.move(file, directory.resolve("moved"));
    Files.createSymbolicLink(file, victim);
  }

  @Test
  void append_linkPlantedAfterIt_goesToTheFileThatWasOpened() throws Exception {
    try (GuardianLog.Appending open = log.append()) {
      plant();
      ProcessBuilder echo = new ProcessBuilder("echo", "said");
      assertThat(echo.redirectOutput(open.redirect()).start().waitFor()).isZero();
    }
    assertThat(victim).hasContent("precious");
    assertThat(directory.resolve("moved")).hasContent("said");
  }

  @Test
  void append_linkPlantedBeforeIt_fails() throws Exception {
    plant();
    assertThatThrownBy(log::append).isInstanceOf(IOException.class);
    assertThatThrownBy(log::bound).isInstanceOf(IOException.class);
    assertThat(victim).hasContent("precious");
  }
}
