package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tutorial, followed to the letter by one shell: its files are saved, its commands are run, and
 * they print what the page shows. Only {@code make}, which builds the class path, is another one.
 */
@Tag("campaign")
final class TutorialTest {
  private static final String END_OF_BLOCK = "--- end of block ---";

  private static final Pattern STEP =
      Pattern.compile("(?ms)(?:^Save as `([^`]+)`:\n\n)?^```(\\w+)\n(.*?)^```$");

  /** What differs from one run to the next. */
  private static final Pattern CHANGING =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}|\\b\\d+ m?s\\b|(?<=retry by )\\w+");

  @TempDir private Path clone;

  @Test
  void page_followedToTheLetter_printsWhatItShows() throws Exception {
    List<MatchResult> steps =
        STEP.matcher(Markdown.read("docs/tutorial.md").text()).results().toList();
    StringBuilder script = new StringBuilder();
    List<String> shown = new ArrayList<>();
    for (MatchResult step : steps) {
      String block = step.group(3);
      switch (step.group(2)) {
        case "sh" -> {
          script.append(block).append("echo '").append(END_OF_BLOCK).append("'\n");
          shown.add("");
        }
        case "java" ->
            script
                .append("cat > ")
                .append(step.group(1))
                .append(" <<'END'\n")
                .append(block)
                .append("END\n");
        default -> shown.set(shown.size() - 1, block);
      }
    }
    assertThat(shown).hasSizeGreaterThan(4);
    List<String> printed = run(script.toString());
    assertThat(printed).hasSameSizeAs(shown);
    for (int i = 0; i < shown.size(); i++) {
      assertThat(stable(printed.get(i))).matches(expected(shown.get(i)));
    }
  }

  /** What a shell prints on its standard output, for each block. */
  private List<String> run(String script) throws Exception {
    Path programs = Files.createDirectory(clone.resolve("programs"));
    Path make = programs.resolve("make");
    Files.writeString(make, "#!/bin/sh\necho \"$LASTLY_CLASS_PATH\"\n");
    assertThat(make.toFile().setExecutable(true)).isTrue();
    Path errors = clone.resolve("errors");
    ProcessBuilder shell = new ProcessBuilder("bash", "-c", script).directory(clone.toFile());
    String java = Path.of(System.getProperty("java.home"), "bin").toString();
    shell.environment().merge("PATH", programs + ":" + java, (old, first) -> first + ":" + old);
    shell.environment().put("LASTLY_CLASS_PATH", System.getProperty("java.class.path"));
    shell.environment().put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    Path output = clone.resolve("output");
    Process process = shell.redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String[] blocks = Files.readString(output).split(Pattern.quote(END_OF_BLOCK) + "\n", -1);
    assertThat(blocks[blocks.length - 1]).as(Files.readString(errors)).isEmpty();
    return Arrays.asList(blocks).subList(0, blocks.length - 1);
  }

  private String stable(String text) {
    return CHANGING
        .matcher(text.replace(clone.toString(), "/home/ali/lastly"))
        .replaceAll("_")
        .replaceAll(" {2,}", " ");
  }

  /** A line of dots stands for any lines, dots at the end of a line for any text. */
  private Pattern expected(String shown) {
    String lines =
        stable(shown)
            .lines()
            .map(
                line ->
                    line.equals("…")
                        ? "(.*\n)*"
                        : Pattern.quote(line.replaceFirst("…$", ""))
                            + (line.endsWith("…") ? ".*\n" : "\n"))
            .collect(Collectors.joining());
    return Pattern.compile(lines);
  }
}
