package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramsTest {
  @TempDir private Path dir;

  private Path program(String name) throws Exception {
    Path file = Files.writeString(dir.resolve(name), "#!/bin/sh\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void find_onThePathOrByItsName_isAbsolute() throws Exception {
    Path one = program("one");
    Programs programs = new Programs("/nowhere::" + dir, dir);
    assertThat(programs.find("one")).contains(one);
    assertThat(programs.find("./one")).contains(dir.resolve("./one"));
    assertThat(programs.find(one.toString())).contains(one);
  }

  @Test
  void find_noSuchProgramOrNotExecutable_isEmpty() throws Exception {
    Files.writeString(dir.resolve("text"), "x");
    Programs programs = new Programs(dir.toString(), dir);
    for (String name : new String[] {"", "text", "none", "./text", "/", ".", "a\0b"}) {
      assertThat(programs.find(name)).isEmpty();
    }
  }
}
