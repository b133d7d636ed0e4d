package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.FunctionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The walks through the code lead along methods that exist, and are short enough to follow; the
 * drawings show what is so.
 */
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

  @Test
  void drawingOfStates_arrows_areTheLegalMoves() throws Exception {
    Set<String> moves = new TreeSet<>();
    for (FunctionState state : FunctionState.ofANode()) {
      state.successors().stream()
          .filter(FunctionState.ofANode()::contains)
          .forEach(next -> moves.add(state.columnValue() + "-" + next.columnValue()));
    }
    assertThat(arrows("states.svg")).isEqualTo(moves);
  }

  @Test
  void drawingOfModules_arrows_areTheirDependencies() throws Exception {
    Set<String> dependencies = new TreeSet<>();
    Pattern used =
        Pattern.compile(
            "<groupId>dev\\.lastly</groupId>\\s*<artifactId>(lastly[a-z-]*)</artifactId>\\s*</dependency>");
    for (String module : List.of("testkit", "fleet", "cli", "spring-boot-3", "spring-boot-4")) {
      String pom = Files.readString(Markdown.ROOT.resolve("src").resolve(module + "/pom.xml"));
      used.matcher(pom)
          .results()
          .map(match -> match.group(1).equals("lastly") ? "-core" : match.group(1).substring(6))
          .forEach(other -> dependencies.add(module + other));
    }
    assertThat(arrows("modules.svg")).isEqualTo(dependencies);
  }

  /** The arrows of a drawing that have names: from and to. */
  private static Set<String> arrows(String drawing) throws IOException {
    return Pattern.compile("<path id=\"([^\"]+)\"")
        .matcher(Files.readString(Markdown.ROOT.resolve("docs").resolve(drawing)))
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String source(String file) throws IOException {
    Path path = CORE.resolve(file);
    assertThat(path).isRegularFile();
    return Files.readString(path);
  }
}
