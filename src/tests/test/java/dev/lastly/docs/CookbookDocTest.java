package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cleanup.Cleanup;
import dev.lastly.cleanup.Commands;
import dev.lastly.cleanup.Containers;
import dev.lastly.cleanup.Http;
import dev.lastly.cleanup.Locks;
import dev.lastly.cleanup.Mounts;
import dev.lastly.cleanup.Processes;
import dev.lastly.cleanup.Sql;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.Precondition;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code docs/cleanup-cookbook.md} shows is the code that {@code CookbookTest} runs. */
class CookbookDocTest {
  private static final Pattern QUOTED =
      Pattern.compile(
          "(?ms)^(<!-- The region `([\\w-]+)` of (\\S+); a test runs it. -->\\n)"
              + "(?:```java\\n.*?^```\\n)?");

  private static final List<Class<?>> BUILT_IN =
      List.of(
          Cleanup.class,
          Commands.class,
          Containers.class,
          Http.class,
          Locks.class,
          Mounts.class,
          Processes.class,
          Sql.class);

  @Test
  void javaBlocks_regionsOfTheExample_areTheSameText() throws Exception {
    Markdown page = Markdown.read("docs/cleanup-cookbook.md");
    Matcher quoted = QUOTED.matcher(page.text());
    StringBuilder expected = new StringBuilder();
    while (quoted.find()) {
      String code = Markdown.region(Path.of(quoted.group(3)), "// ", quoted.group(2));
      String block = quoted.group(1) + "```java\n" + code + "```\n";
      quoted.appendReplacement(expected, Matcher.quoteReplacement(block));
    }
    page.requireSame(quoted.appendTail(expected).toString());
  }

  @Test
  void tables_functions_areAllThatThereAre() throws Exception {
    Markdown page = Markdown.read("docs/cleanup-cookbook.md");
    Set<String> told =
        Markdown.firstCells(page.text()).stream()
            .filter(cell -> cell.indexOf('(') >= 0)
            .map(call -> call.substring(0, call.indexOf('(')))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(told)
        .containsExactlyElementsOf(
            BUILT_IN.stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> method.isAnnotationPresent(Precondition.class))
                .map(method -> method.getDeclaringClass().getSimpleName() + "." + method.getName())
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void table_options_areAllThatThereAre() throws Exception {
    Markdown page = Markdown.read("docs/cleanup-cookbook.md");
    Set<String> told =
        Markdown.firstCells(page.text()).stream()
            .filter(cell -> cell.indexOf('(') < 0)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(told)
        .containsExactlyElementsOf(
            Arrays.stream(FunctionOptions.class.getMethods())
                .filter(method -> method.getReturnType() == FunctionOptions.class)
                .map(Method::getName)
                .filter(name -> !Set.of("defaults", "with").contains(name))
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void builtIn_classes_areAllWithPreconditions() throws Exception {
    Path sources = Markdown.ROOT.resolve("src/core/main/java/dev/lastly/cleanup");
    try (Stream<Path> files = Files.list(sources)) {
      Set<String> found = new TreeSet<>();
      for (Path file : files.toList()) {
        if (Files.readString(file).contains("@Precondition")) {
          found.add(file.getFileName().toString().replace(".java", ""));
        }
      }
      assertThat(BUILT_IN).extracting(Class::getSimpleName).containsExactlyElementsOf(found);
    }
  }
}
