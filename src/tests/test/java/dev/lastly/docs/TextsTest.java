package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What {@code CONTRIBUTING.md} asks of every text, and of the layout of pages. */
final class TextsTest {
  /** Words without a subject, also as parts of names. In quotes it is the Unix user. */
  private static final Pattern VAGUE =
      Pattern.compile(
          "(?<!\")([Ww]hom?ever|([Nn]o|[Ss]ome|[Aa]ny|[Ee]very)body|(\\b[Aa]|A)new(?![a-z]))");

  private static final Pattern TYPE =
      Pattern.compile("\\{@code ([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)(?=[.#}(])");

  private static final List<String> JDK =
      List.of("java.lang", "java.io", "java.util", "java.nio.file", "java.sql", "java.time");

  private static final Set<String> GENERATED = Set.of("schema.md", "benchmarks.md");
  private static final int WIDEST = 120;

  @Test
  void everyFile_namesItsSubjects() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files("")) {
      if (!file.endsWith("CONTRIBUTING.md")) { // it quotes them
        Matcher vague = VAGUE.matcher(Files.readString(file));
        vague.results().forEach(word -> found.add(file + ": " + word.group()));
      }
    }
    assertThat(found).as("name the process, the thread or the person").isEmpty();
  }

  @Test
  void packageDocs_nameTypesThatExist() throws IOException {
    Set<String> ours =
        files(".java").stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());
    List<String> unknown = new ArrayList<>();
    for (Path file : files("package-info.java")) {
      Matcher type = TYPE.matcher(Files.readString(file));
      type.results()
          .map(match -> match.group(1))
          .filter(name -> !ours.contains(name) && !isOfTheJdk(name))
          .forEach(name -> unknown.add(file + ": " + name));
    }
    assertThat(unknown).isEmpty();
  }

  private static boolean isOfTheJdk(String name) {
    return JDK.stream()
        .anyMatch(in -> ClassLoader.getPlatformClassLoader().getResource(path(in, name)) != null);
  }

  private static String path(String in, String name) {
    return in.replace('.', '/') + "/" + name + ".class";
  }

  @Test
  void pages_areWrappedAndListsAreWhole() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files(".md")) {
      String name = file.getFileName().toString();
      if (!GENERATED.contains(name) && !name.equals("CHANGELOG.md")) {
        layout(file, found);
      }
    }
    assertThat(found).isEmpty();
  }

  private static void layout(Path file, List<String> found) throws IOException {
    List<String> lines = Files.readAllLines(file);
    boolean code = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      code ^= line.startsWith("```");
      if (code || line.startsWith("|") || line.startsWith("<!--")) {
        continue;
      }
      String at = file + ":" + (i + 1) + ": ";
      if (line.length() > WIDEST && line.contains(" ")) {
        found.add(at + "wrap at " + WIDEST + " characters");
      }
      boolean isBetweenItems =
          line.isEmpty()
              && i > 1
              && i + 1 < lines.size()
              && lines.get(i + 1).startsWith("- ")
              && (lines.get(i - 1).startsWith("- ") || lines.get(i - 1).startsWith("  "));
      if (isBetweenItems) {
        found.add(at + "an empty line breaks the list");
      }
    }
  }

  /** The files of the project that people write, by the end of their names. */
  private static List<Path> files(String end) throws IOException {
    List<Path> all = new ArrayList<>();
    for (String top : List.of("src", "fuzz", "docs", "migrations", ".ci")) {
      try (Stream<Path> files = Files.walk(Markdown.ROOT.resolve(top))) {
        files.filter(TextsTest::isText).filter(file -> !isBuilt(file)).forEach(all::add);
      }
    }
    try (Stream<Path> files = Files.list(Markdown.ROOT)) {
      files.filter(TextsTest::isText).forEach(all::add);
    }
    return all.stream().filter(file -> file.toString().endsWith(end)).sorted().toList();
  }

  private static boolean isText(Path file) {
    return Files.isRegularFile(file)
        && file.getFileName()
            .toString()
            .matches("Makefile|run|.*\\.(java|md|sql|c|h|py|sh|pml|xml|kt|scala|txt|yml)");
  }

  private static boolean isBuilt(Path file) {
    return Markdown.ROOT.relativize(file).toString().matches("src/[^/]+/target/.*|fuzz/corpus/.*");
  }
}
