package dev.lastly.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** No code puts a path into a driver's URL unescaped: a '?' in it would start the parameters. */
final class SqliteUrlsTest {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));
  private static final Path ALONE =
      Path.of("src/core/main/java/dev/lastly/internal/sqlite/SqliteFile.java");

  @Test
  void urlOfSqlite_isMadeInOnePlace() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String sources : new String[] {"src", "fuzz/src"}) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(sources))) {
        for (Path file : files.filter(SqliteUrlsTest::isChecked).toList()) {
          if (Files.readString(file).contains("jdbc:sqlite:")) {
            found.add(ROOT.relativize(file));
          }
        }
      }
    }
    assertThat(found).containsExactly(ALONE);
  }

  /** Tests make databases by other means, too: to see what a URL of their own would do. */
  private static boolean isChecked(Path file) {
    String name = ROOT.relativize(file).toString();
    return name.endsWith(".java") && !name.contains("/test/java/");
  }
}
