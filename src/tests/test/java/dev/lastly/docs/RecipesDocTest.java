package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/recipes.md} shows the files of {@code docs/recipes}, all of them. */
class RecipesDocTest {
  private static final Pattern QUOTED =
      Pattern.compile(
          "(?ms)^(<!-- The file (docs/recipes/(\\S+)); a test [^\\n"
              + "]*-->\\n"
              + ")(?:```\\w+\\n"
              + ".*?^```\\n"
              + ")?");

  private static final Map<String, String> LANGUAGES =
      Map.of(
          "env", "properties",
          "toml", "toml",
          "service", "ini",
          "tmpfiles", "text",
          "yaml", "yaml",
          "xml", "xml",
          "kts", "kotlin");

  @Test
  void blocks_filesOfTheRecipes_areTheSameText() throws Exception {
    Markdown page = Markdown.read("docs/recipes.md");
    Matcher quoted = QUOTED.matcher(page.text());
    StringBuilder expected = new StringBuilder();
    Set<String> shown = new TreeSet<>();
    while (quoted.find()) {
      String name = quoted.group(3);
      shown.add(name);
      String language = LANGUAGES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "sh");
      String text = Files.readString(Markdown.ROOT.resolve(quoted.group(2)));
      String block = quoted.group(1) + "```" + language + "\n" + text + "```\n";
      quoted.appendReplacement(expected, Matcher.quoteReplacement(block));
    }
    page.requireSame(quoted.appendTail(expected).toString());
    try (Stream<Path> files = Files.list(Markdown.ROOT.resolve("docs/recipes"))) {
      assertThat(files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
          .isEqualTo(shown);
    }
  }

  @Test
  void versions_ofMavenAndGradle_areThoseOfTheBuild() throws Exception {
    String parent = Files.readString(Markdown.ROOT.resolve("pom.xml"));
    String version = first("(?m)^  <version>(.*?)</version>", parent);
    String junit = first("<junit.version>(.*?)</junit.version>", parent);
    String maven = Files.readString(Markdown.ROOT.resolve("docs/recipes/pom.xml"));
    assertThat(first("lastly-bom</artifactId>\\s*<version>(.*?)<", maven)).isEqualTo(version);
    assertThat(first("junit-jupiter</artifactId>\\s*<version>(.*?)<", maven)).isEqualTo(junit);
    String gradle = Files.readString(Markdown.ROOT.resolve("docs/recipes/build.gradle.kts"));
    assertThat(List.of(gradle.split("\n", -1)))
        .contains(
            "    implementation(platform(\"dev.lastly:lastly-bom:" + version + "\"))",
            "    testImplementation(\"org.junit.jupiter:junit-jupiter:" + junit + "\")",
            "    testRuntimeOnly(\"org.junit.platform:junit-platform-launcher:" + junit + "\")");
    for (String artifact : List.of("lastly", "lastly-testkit")) {
      assertThat(maven).contains("<artifactId>" + artifact + "</artifactId>");
      assertThat(gradle).contains("\"dev.lastly:" + artifact + "\"");
    }
  }

  private static String first(String pattern, String text) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    assertThat(found.find()).as(pattern).isTrue();
    return found.group(1);
  }
}
