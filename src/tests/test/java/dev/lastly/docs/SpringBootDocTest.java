package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page on Spring Boot shows code that runs, and names each property. */
final class SpringBootDocTest {
  private static final Path APPLICATION =
      Path.of("src/tests/test/spring-boot/java/application/Application.java");

  @Test
  void example_block_isTheRegionOfTheApplication() throws Exception {
    assertThat(Markdown.read("docs/spring-boot.md").blocks("java"))
        .containsExactly(Markdown.region(APPLICATION, "// ", "request"));
  }

  @Test
  void properties_ofTheMetadata_areTheNamedOnes() throws Exception {
    Set<String> named = new TreeSet<>();
    Markdown.code(Markdown.read("docs/spring-boot.md").section("## Properties")).stream()
        .filter(code -> code.matches("lastly\\.[a-z.-]+"))
        .forEach(named::add);
    String type = "/META-INF/spring-configuration-metadata.json";
    try (InputStream metadata = getClass().getResourceAsStream(type)) {
      assertThat(metadata).isNotNull();
      String json = new String(metadata.readAllBytes(), StandardCharsets.UTF_8);
      String properties = json.substring(json.indexOf("\"properties\""));
      assertThat(named)
          .isEqualTo(
              Pattern.compile("\"name\": \"(lastly\\.[^\"]+)\"")
                  .matcher(properties)
                  .results()
                  .map(match -> match.group(1))
                  .collect(Collectors.toCollection(TreeSet::new)));
    }
  }
}
