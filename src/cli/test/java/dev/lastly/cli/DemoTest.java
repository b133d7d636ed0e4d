package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
  private static final Pattern CHILD = Pattern.compile("its child 'sleep', process (\\d+)");

  @TempDir private Path temp;

  @Test
  void main_secondWorker_exitsWithZeroAndShowsTheRows() throws Exception {
    Run run = demo();
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .containsPattern("1 +deferred +Cleanup::deleteTree +1 +\\d+ +[0-9a-f]{8}… +0 ")
        .containsPattern("2 +deferred +Processes::terminate +1 +\\d+ +[0-9a-f]{8}… +0 ")
        .containsPattern("worker 1 is dead")
        .containsPattern("the scratch tree is still there")
        .containsPattern("the child is still running")
        .containsPattern("1 +done +Cleanup::deleteTree +2 +\\d+ +[0-9a-f]{8}… +1 ")
        .containsPattern("2 +done +Processes::terminate +2 +\\d+ +[0-9a-f]{8}… +1 ")
        .containsPattern("1 +worker 1 +\\d+ +died +2 +lock byte 1 is free and process \\d+ .*gone")
        .containsPattern("1 +2 +1 +\\d+ +DEAD +lock byte 1 is free and process \\d+ .*gone")
        .containsPattern("2 +1 +2 +\\d+ +\\d+ +returned")
        .containsPattern("the scratch tree is gone\n.*the child is gone\n.*not done: 0");
    assertThat(run.child()).isFalse();
    assertThat(left()).isEmpty();
  }

  @Test
  void main_noProcessRecovers_exitsWithOneAndStillLeavesNothing() throws Exception {
    Run run = demo(Demo.WITHOUT_SECOND_WORKER);
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.out())
        .contains("the scratch tree is STILL THERE", "the child is STILL RUNNING")
        .contains("functions that are not done: 2");
    assertThat(run.err()).contains("The demonstration failed: worker 1 was not cleaned up after");
    assertThat(run.child()).isFalse();
    assertThat(left()).isEmpty();
  }

  @Test
  void main_noTempDirectory_exitsWithOneAndSaysWhy() throws Exception {
    Files.delete(Files.createDirectory(temp.resolve("tmp")));
    Run run = run(temp.resolve("tmp"));
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("The demonstration failed: java.nio.file.NoSuchFile");
  }

  @Test
  void hasSecondWorker_unknownArgument_isRefused() {
    assertThat(Demo.hasSecondWorker(new String[0])).isTrue();
    assertThat(Demo.hasSecondWorker(new String[] {Demo.WITHOUT_SECOND_WORKER})).isFalse();
    assertThatThrownBy(() -> Demo.hasSecondWorker(new String[] {"--without-second-workr"}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Demo.WITHOUT_SECOND_WORKER);
  }

  private record Run(int exitCode, String out, String err) {
    /** Whether the first worker's child is still there, zombies included. */
    boolean child() throws IOException {
      Matcher matcher = CHILD.matcher(out);
      assertThat(matcher.find()).as(out).isTrue();
      Path cmdline = Path.of("/proc", matcher.group(1), "cmdline");
      return Files.exists(cmdline) && Files.readString(cmdline).startsWith("sleep\0");
    }
  }

  private Run demo(String... args) throws Exception {
    return run(Files.createDirectory(temp.resolve("tmp")), args);
  }

  private Run run(Path tmp, String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("-Djava.io.tmpdir=" + tmp);
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add(Demo.class.getName());
    command.addAll(List.of(args));
    Path out = temp.resolve("out");
    Path err = temp.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Run(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  /** What the demonstration has left in its temp directory. */
  private List<String> left() throws IOException {
    try (var entries = Files.list(temp.resolve("tmp"))) {
      return entries.map(path -> path.getFileName().toString()).toList();
    }
  }
}
