package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each make target that a page names is in the Makefile, with the variables that it sets. */
class MakeTargetsTest {
  private static final Pattern COMMAND =
      Pattern.compile("(?m)^make ([a-z][a-z-]*)((?: [A-Z_]+=\\S+)*)");

  private static final Pattern VARIABLE = Pattern.compile("([A-Z_]+)=");

  @Test
  void pages_targetsNamed_areInTheMakefile() throws Exception {
    assertThat(named(1)).contains("bench", "test").isSubsetOf(defined("(?m)^([a-z][a-z-]*):"));
  }

  @Test
  void pages_variablesSet_areReadByTheMakefile() throws Exception {
    Set<String> variables =
        VARIABLE
            .matcher(String.join(" ", named(2)))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(variables).contains("BUDGET").isSubsetOf(defined("(?m)^([A-Z_]+) *\\?="));
  }

  private static Set<String> defined(String pattern) throws IOException {
    return Pattern.compile(pattern)
        .matcher(Files.readString(Markdown.ROOT.resolve("Makefile")))
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toSet());
  }

  private static Set<String> named(int group) throws IOException {
    Set<String> names = new TreeSet<>();
    for (String page : pages()) {
      Markdown markdown = Markdown.read(page);
      List<String> code = new ArrayList<>(markdown.blocks("sh"));
      code.addAll(Markdown.code(markdown.text().replaceAll("(?ms)^```.*?^```$", "")));
      COMMAND
          .matcher(String.join("\n", code))
          .results()
          .forEach(match -> names.add(match.group(group)));
    }
    return names;
  }

  private static List<String> pages() throws IOException {
    List<String> pages = new ArrayList<>();
    for (Path directory : List.of(Markdown.ROOT, Markdown.ROOT.resolve("docs"))) {
      try (Stream<Path> files = Files.list(directory)) {
        files
            .filter(file -> file.toString().endsWith(".md"))
            .forEach(file -> pages.add(Markdown.ROOT.relativize(file).toString()));
      }
    }
    return pages;
  }
}
