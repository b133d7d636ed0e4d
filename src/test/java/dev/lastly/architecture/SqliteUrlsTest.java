package dev.lastly.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A path that is pasted into a driver's URL means something else as soon as it has a '?'. */
final class SqliteUrlsTest {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));
  private static final Path ALONE =
      Path.of("src/main/java/dev/lastly/internal/sqlite/SqliteFile.java");

  @Test
  void urlOfSqlite_isMadeInOnePlace() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String sources : new String[] {"src/main/java", "src/jmh/java", "fuzz/src"}) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(sources))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          if (Files.readString(file).contains("jdbc:sqlite:")) {
            found.add(ROOT.relativize(file));
          }
        }
      }
    }
    assertThat(found).containsExactly(ALONE);
  }
}
