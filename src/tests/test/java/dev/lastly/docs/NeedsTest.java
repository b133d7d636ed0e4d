package dev.lastly.docs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code make test} does on a machine that lacks programs, and may not install them. */
class NeedsTest {
  @TempDir private Path programs;

  private String needs(int status, String... suites) throws Exception {
    ProcessBuilder needs = new ProcessBuilder("/bin/bash", "src/tests/needs");
    needs.command().addAll(List.of(suites));
    needs.directory(Markdown.ROOT.toFile()).redirectErrorStream(true);
    needs.environment().put("PATH", programs.toString());
    Process process = needs.start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isEqualTo(status);
    return said;
  }

  private void install(String... names) throws Exception {
    for (String name : names) {
      Files.createSymbolicLink(programs.resolve(name), Path.of("/usr/bin").resolve(name));
    }
  }

  @Test
  void needs_programsMissingAndNoAptGet_namesTheirPackagesInOneLine() throws Exception {
    install("sort", "id", "perl", "gcc");
    assertThat(needs(1, "test"))
        .containsPattern("chromium.* python3 .*sqlite3 .*strace .*tmux")
        .doesNotContain("perl", "gcc")
        .hasLineCount(1);
  }

  @Test
  void needs_anotherSuite_isRefused() throws Exception {
    assertThat(needs(2, "tests"))
        .contains("'tests' is no suite; there are test, os, fleet and model");
  }
}
