package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The commands of the README leave nothing behind, and print what {@code docs/session.svg} shows,
 * on their standard output. {@code make session} records it again.
 */
@Tag("campaign")
final class SessionTest {
  private static final Path DRAWING = Markdown.ROOT.resolve("docs/session.svg");
  private static final char COMMAND = '\1';

  @TempDir private Path clone;

  @Test
  void readme_commands_cleanUpAndPrintWhatTheDrawingShows() throws Exception {
    List<Drawing.Line> lines = record(Markdown.read("README.md").blocks("sh").get(0));
    try (Stream<Path> left = Files.list(clone.resolve("target/try"))) {
      assertThat(left).as("the scratch directories are gone").hasSize(1);
    }
    if (Markdown.isWriting()) {
      String title = "A worker is killed with SIGKILL, and the next one cleans up after it";
      Files.writeString(DRAWING, Drawing.of(title, lines));
    }
    String printed = lines.stream().map(line -> line.text() + "\n").collect(Collectors.joining());
    String shown = String.join("\n", Drawing.texts(Files.readString(DRAWING))) + "\n";
    assertThat(Transcript.stable(printed))
        .as("docs/session.svg shows other texts: run `make session`")
        .matches(Transcript.expected(shown));
  }

  /** Runs the commands as a terminal would show them, without those that prepare it. */
  private List<Drawing.Line> record(String commands) throws Exception {
    Transcript transcript = Transcript.in(clone);
    Process shell = transcript.shell(script(commands)).start();
    List<String> texts = new ArrayList<>();
    List<Long> millis = new ArrayList<>();
    try (BufferedReader output = shell.inputReader(StandardCharsets.UTF_8)) {
      long start = 0;
      for (String said = output.readLine(); said != null; said = output.readLine()) {
        start = texts.isEmpty() ? System.nanoTime() : start;
        texts.add(said);
        millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      }
    } finally {
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly();
    }
    assertThat(texts).as(errors()).hasSizeGreaterThan(8);
    String[] shown = transcript.shown(String.join("\n", texts) + "\n").split("\n", -1);
    List<Drawing.Line> lines = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      boolean isCommand = shown[i].charAt(0) == COMMAND;
      String text = isCommand ? "$ " + shown[i].substring(1) : shown[i];
      lines.add(new Drawing.Line(text, isCommand, millis.get(i)));
    }
    return lines;
  }

  private String errors() throws IOException {
    return Files.readString(clone.resolve("errors"));
  }

  /** Each command after itself, and with what a shell at a terminal says if it was killed. */
  private static String script(String commands) {
    StringBuilder script = new StringBuilder();
    for (String command : commands.lines().toList()) {
      if (command.startsWith("java ")) {
        script.append("printf '%s\\n' '").append(COMMAND).append(command).append("'\n");
      }
      script.append(command).append("\n[ $? -ne 137 ] || echo Killed\n");
    }
    return script.toString();
  }
}
