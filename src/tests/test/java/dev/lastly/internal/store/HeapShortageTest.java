package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.ChildJvm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The store after the application has used up the heap, in a process of its own. */
final class HeapShortageTest {
  @TempDir private Path directory;

  @Test
  @Timeout(180)
  void register_heapIsShortAgainAndAgain_allGoOnAndWhatThrewIsNotStored() throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command("-Xmx64m"));
    command.add(HeapShortage.class.getName());
    command.add(directory.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
