package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The walks through the code lead along methods that exist, and are short enough to follow. */
class ArchitectureDocTest {
  private static final int MOST_FILES = 15;
  private static final Path CORE = Markdown.ROOT.resolve("src/core/main/java/dev/lastly");
  private static final Pattern STEP =
      Pattern.compile("(?m)^\\d+\\. `(?:dev/lastly/)?([\\w/]+\\.java)#(\\w+)`: \\S");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "## Walk: from `defer` to the row",
        "## Walk: from a death to the user's function"
      })
  void walk_eachStep_isAMethodOfAFile(String heading) throws Exception {
    String walk = Markdown.read("docs/architecture.md").section(heading);
    List<MatchResult> steps = STEP.matcher(walk).results().toList();
    assertThat(steps).as("numbered lines").hasSize(walk.split("(?m)^\\d+\\. ", -1).length - 1);
    assertThat(steps.stream().map(step -> step.group(1)).distinct().count())
        .isBetween(2L, (long) MOST_FILES);
    for (MatchResult step : steps) {
      assertThat(source(step.group(1)))
          .as(step.group())
          .containsPattern("(?m)^  (?! |return|throw|//|\\*).*[\\w>\\]] " + step.group(2) + "\\(");
    }
  }

  private static String source(String file) throws IOException {
    Path path = CORE.resolve(file);
    assertThat(path).isRegularFile();
    return Files.readString(path);
  }
}
