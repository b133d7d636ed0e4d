package dev.lastly.disk;

import dev.lastly.model.Durability;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.FileBoundary;
import dev.lastly.support.Interposer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a play in a process of its own, under the interposer, and keeps what it did to its files.
 */
final class DiskRecorder {
  private static final long PATIENCE_SECONDS = 60;

  private final Path home;

  /** Keeps everything below that directory. */
  DiskRecorder(Path home) {
    this.home = home;
  }

  /** Records a play; the later days begin with what the first day has left. */
  Recording record(Play play, Durability durability) throws Exception {
    Path here = Files.createTempDirectory(home, play.name() + "-" + durability + "-").toRealPath();
    Path root = Files.createDirectory(here.resolve("root"));
    // Two levels that are not there yet: Lastly makes them, and their names must last, too.
    Path base = root.resolve("var").resolve("node");
    if (play == Play.SECOND_DAY || play == Play.LAST_DAY) {
      run(Play.FIRST_DAY, durability, base, here.resolve("marks-before"), null);
    }
    Recording.Before before = Recording.Before.of(root);
    Path log = here.resolve("log");
    Path marks = here.resolve("marks");
    run(
        play,
        durability,
        base,
        marks,
        Interposer.watching(root).logging(log).withData().marking(marks));
    List<FileBoundary> events = FileBoundary.read(log);
    if (events.stream().noneMatch(e -> e.isMark() && e.text().equals("the end"))) {
      throw new AssertionError(play + " has not been recorded to its end; see " + here);
    }
    return new Recording(play.text() + ", " + durability, root, before, events);
  }

  private static void run(
      Play play,
      Durability durability,
      Path base,
      Path marks,
      @org.jspecify.annotations.Nullable Interposer interposer)
      throws IOException, InterruptedException {
    List<String> command = ChildJvm.command("-Xmx128m");
    command.add(Play.class.getName());
    command.addAll(List.of(play.name(), base.toString(), marks.toString(), durability.name()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    if (interposer != null) {
      builder.environment().putAll(interposer.environment());
    }
    Path errors = marks.resolveSibling(marks.getFileName() + ".errors");
    Process process =
        builder
            .redirectError(errors.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new AssertionError(play + " failed: " + Files.readString(errors));
      }
    } finally {
      process.destroyForcibly();
    }
  }
}
