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
      assertThat(Transcript.stable(printed.get(i))).matches(Transcript.expected(shown.get(i)));
    }
  }

  /** What a shell prints on its standard output, for each block. */
  private List<String> run(String script) throws Exception {
    Transcript transcript = Transcript.in(clone);
    Path output = clone.resolve("output");
    Process process = transcript.shell(script).redirectOutput(output.toFile()).start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String[] blocks =
        transcript.shown(Files.readString(output)).split(Pattern.quote(END_OF_BLOCK) + "\n", -1);
    assertThat(blocks[blocks.length - 1]).as(Files.readString(clone.resolve("errors"))).isEmpty();
    return Arrays.asList(blocks).subList(0, blocks.length - 1);
  }
}
