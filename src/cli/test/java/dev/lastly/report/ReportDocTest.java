package dev.lastly.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/** The statements of docs/report.md about the page are true. */
class ReportDocTest {
  private static String doc() throws Exception {
    return Files.readString(Path.of(System.getProperty("lastly.basedir", ""), "docs/report.md"));
  }

  @Test
  void sections_thoseOfThePage_areNamedInTheirOrder() throws Exception {
    List<String> headings =
        Dom.elements(Dom.page(Page.file(Samples.fleet())).getDocumentElement()).stream()
            .filter(element -> element.getTagName().equals("h2"))
            .map(Element::getTextContent)
            .toList();
    String table = doc().substring(doc().indexOf("## What it shows"), doc().indexOf("**Times**"));
    List<String> named =
        Pattern.compile("(?m)^\\| ([^|]+) \\| [^|]+ \\|$")
            .matcher(table)
            .results()
            .flatMap(match -> List.of(match.group(1).split(", ")).stream())
            .filter(name -> !name.equals("section"))
            .toList();
    assertThat(named).isEqualTo(headings);
  }

  @Test
  void limits_thoseOfTheCode_areNamed() throws Exception {
    assertThat(doc())
        .contains(
            "the newest %,d, and up to %,d older"
                .formatted(Limits.FUNCTIONS, Limits.OLDER_OPEN_FUNCTIONS))
        .contains("the newest %,d to which something happened".formatted(Limits.LIVES))
        .contains("fit into %.1f MB".formatted(Limits.TABLE_LENGTH / 1e6))
        .contains("| nodes | " + Limits.NODES)
        .contains("| owners in the timeline | " + Limits.LANES)
        .contains("| lines of a table of groups | " + Limits.GROUPS)
        .contains(
            "names %d characters, errors %d, stack traces %,d"
                .formatted(Limits.ARGUMENTS_TEXT, Limits.ERROR_TEXT, Limits.STACK_TEXT));
  }

  @Test
  void server_theExample_isTheRegionOfTheTestThatRunsIt() throws Exception {
    Path test =
        Path.of(
            System.getProperty("lastly.basedir", ""),
            "src/cli/test/java/dev/lastly/report/ReportHandlerTest.java");
    String source = Files.readString(test);
    String region =
        source.substring(
            source.indexOf("// region server\n") + "// region server\n".length(),
            source.indexOf("    // endregion"));
    assertThat(doc()).contains("```java\n" + region.stripTrailing().stripIndent() + "\n```\n");
  }
}
