package dev.lastly.mutants;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every patch of fuzz/mutants has its headers and applies to exactly one place. The test reads the
 * patches itself, because a source archive has no git.
 */
class MutantsTest {
  private static final Path ROOT =
      Path.of(System.getProperty("lastly.basedir", "")).toAbsolutePath();
  private static final int FEWEST = 12;
  private static final Pattern HUNK = Pattern.compile("(?ms)^@@ [^\n]*\n(.*?)(?=^@@ |^--- |\\z)");

  @Test
  void patches_areEnough() throws Exception {
    assertThat(patches()).hasSizeGreaterThanOrEqualTo(FEWEST);
  }

  @ParameterizedTest
  @MethodSource("patches")
  void patch_header_saysWhatIsBrokenAndWhoSeesIt(Path patch) throws Exception {
    String text = Files.readString(patch);
    assertThat(header(text, "Broken")).isNotBlank();
    assertThat(header(text, "Promise")).isNotBlank();
    List<String> tests = Arrays.asList(header(text, "Caught by").split(", ", -1));
    assertThat(testClasses()).containsAll(tests);
  }

  @ParameterizedTest
  @MethodSource("patches")
  void patch_eachHunk_appliesToExactlyOnePlace(Path patch) throws Exception {
    List<String> files =
        Files.readString(patch).lines().filter(l -> l.startsWith("--- a/")).toList();
    assertThat(files).as("one file for each patch").hasSize(1);
    String source = "\n" + Files.readString(ROOT.resolve(files.get(0).substring(6)));
    List<MatchResult> hunks = HUNK.matcher(Files.readString(patch)).results().toList();
    assertThat(hunks).isNotEmpty();
    for (MatchResult hunk : hunks) {
      String before = "\n" + side(hunk.group(1), '-');
      assertThat(source).as("the tree has what the patch changes").contains(before);
      assertThat(source.indexOf(before)).as("only once").isEqualTo(source.lastIndexOf(before));
      assertThat(side(hunk.group(1), '+'))
          .as("it changes something")
          .isNotEqualTo(side(hunk.group(1), '-'));
    }
  }

  static List<Path> patches() throws IOException {
    try (Stream<Path> files = Files.list(ROOT.resolve("fuzz/mutants"))) {
      return files.filter(file -> file.toString().endsWith(".patch")).sorted().toList();
    }
  }

  /** What a hunk finds ('-') or leaves ('+'). */
  private static String side(String hunk, char sign) {
    return hunk.lines()
        .filter(line -> line.startsWith(" ") || line.charAt(0) == sign)
        .map(line -> line.substring(1) + "\n")
        .collect(Collectors.joining());
  }

  private static String header(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst()
        .orElse("");
  }

  private static List<String> testClasses() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("src"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.java"))
          .map(name -> name.replace(".java", ""))
          .toList();
    }
  }
}
