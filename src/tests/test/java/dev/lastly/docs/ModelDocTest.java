package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A table in fuzz/model ties every transition of each model to code that exists. */
class ModelDocTest {
  private static final Pattern LABEL = Pattern.compile("(?m)^(t_[a-z_]+):");
  private static final Pattern NESTED = Pattern.compile("([A-Z]\\w*)\\.([A-Z])");
  private static final List<String> PACKAGES = List.of("dev.lastly.internal.", "dev.lastly.");

  @ParameterizedTest
  @CsvSource({"lastly, README", "fleet, fleet"})
  void transitions_ofTheModel_areExactlyThoseOfTheTable(String model, String page)
      throws Exception {
    List<String> labels =
        LABEL
            .matcher(Markdown.read("fuzz/model/" + model + ".pml").text())
            .results()
            .map(match -> match.group(1))
            .toList();
    assertThat(labels).isNotEmpty().doesNotHaveDuplicates();
    assertThat(Markdown.firstCells(table(page))).containsExactlyInAnyOrderElementsOf(labels);
  }

  @ParameterizedTest
  @ValueSource(strings = {"README", "fleet"})
  void transitions_codeNamedInTheTable_exists(String page) throws Exception {
    for (List<String> row : Markdown.rows(table(page))) {
      List<String> methods = Markdown.code(row.get(1));
      assertThat(methods).as("no code is named for %s", row.get(0)).isNotEmpty();
      for (String method : methods) {
        assertThat(exists(method)).as("%s: %s exists", row.get(0), method).isTrue();
      }
    }
  }

  private static String table(String page) throws Exception {
    return Markdown.read("fuzz/model/" + page + ".md").text();
  }

  /** For instance {@code engine.Runner.Run#one}: a class of ours, and a method that it declares. */
  private static boolean exists(String method) {
    int hash = method.indexOf('#');
    String name = NESTED.matcher(method.substring(0, hash)).replaceAll("$1\\$$2");
    return PACKAGES.stream()
        .flatMap(start -> load(start + name).stream())
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .anyMatch(declared -> declared.getName().equals(method.substring(hash + 1)));
  }

  private static Optional<Class<?>> load(String name) {
    try {
      return Optional.of(Class.forName(name, false, ModelDocTest.class.getClassLoader()));
    } catch (ClassNotFoundException e) {
      return Optional.empty(); // in another package, or nowhere: then the test says so
    }
  }
}
