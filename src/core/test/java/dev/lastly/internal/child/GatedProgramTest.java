package dev.lastly.internal.child;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cleanup.ProcessGroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GatedProgramTest {
  @Test
  void hasBegun_executesTheShellOrNothingToSee_isNo() {
    assertThat(GatedProgram.hasBegun("")).isFalse();
    assertThat(GatedProgram.hasBegun("setsid\0/bin/sh\0-c\0" + StartGate.WAIT)).isFalse();
    assertThat(GatedProgram.hasBegun("/bin/sh\0-c\0" + StartGate.WAIT + "\0lastly")).isFalse();
    assertThat(GatedProgram.hasBegun("echo\0hello\0")).isTrue();
    assertThat(GatedProgram.hasBegun("/bin/sh\0-c\0echo hello\0")).isTrue();
  }

  /** Numbers of descriptors are used again at once: the gate of one is never that of another. */
  @Test
  void close_besideOthersThatBegin_onlyThoseRun(@TempDir Path directory) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Integer>> starts = new ArrayList<>();
      for (int i = 0; i < 80; i++) {
        boolean begins = i % 2 == 0;
        Path file = directory.resolve((begins ? "begun-" : "closed-") + i);
        starts.add(() -> start(file, begins));
      }
      int clean = 0;
      for (Future<Integer> start : threads.invokeAll(starts)) {
        clean += start.get() == 0 ? 1 : 0;
      }
      assertThat(clean).as("programs that ran to their end").isEqualTo(40);
      try (var files = Files.list(directory)) {
        assertThat(files.map(f -> f.getFileName().toString()))
            .hasSize(40)
            .allMatch(name -> name.startsWith("begun-"));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static int start(Path file, boolean begins) throws Exception {
    ProcessBuilder touch = new ProcessBuilder("touch", file.toString());
    try (GatedProgram program = GatedProgram.start(touch, ProcessGroup::of)) {
      if (begins) {
        program.begin("");
        return program.process().waitFor();
      }
      program.close();
      return program.process().waitFor();
    }
  }
}
