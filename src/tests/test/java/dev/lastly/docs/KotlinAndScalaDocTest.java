package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page shows the forms that {@code CompilersTest} compiles and tries, and no others. */
class KotlinAndScalaDocTest {
  private static final Path SOURCES = Path.of("src/tests/test/other-languages");

  @Test
  void kotlin_codeAndForms_areThoseOfTheTest() throws Exception {
    assertPage("kotlin", "Kotlin", "Cleanups.kt", "(?m)^ {10}\"([^\"]+)\" to");
  }

  @Test
  void scala_codeAndForms_areThoseOfTheTest() throws Exception {
    assertPage("scala", "Scala 3", "Cleanups.scala", "(?m)^      \"([^\"]+)\",$");
  }

  private static void assertPage(String language, String heading, String file, String form)
      throws IOException {
    Markdown page = Markdown.read("docs/kotlin-and-scala.md");
    assertThat(page.blocks(language))
        .containsExactly(Markdown.region(SOURCES.resolve(file), "// ", "defer"));
    List<String> tried =
        Pattern.compile(form)
            .matcher(Files.readString(Markdown.ROOT.resolve(SOURCES).resolve(file)))
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(Markdown.rows(page.section("## " + heading)).stream().map(row -> row.get(0)))
        .isNotEmpty()
        .containsExactlyElementsOf(tried);
  }
}
