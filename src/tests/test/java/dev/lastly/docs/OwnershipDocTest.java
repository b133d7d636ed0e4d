package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each case of docs/ownership.md names a test that exists, and each such test has its case. */
class OwnershipDocTest {
  private static final Path TESTS = Markdown.ROOT.resolve("src/tests/test/java/dev/lastly/os");

  @Test
  void cases_testsNamed_areExactlyThoseOfTheOsPackage() throws Exception {
    String section = Markdown.read("docs/ownership.md").section("## Case by case");
    assertThat(names(Pattern.compile("#(\\w+)`"), section))
        .isEqualTo(names(Pattern.compile("void (\\w+_\\w+_\\w+)\\("), tests()));
  }

  /** What these attack is no verdict: descriptors, disks, clocks, applications around Lastly. */
  private static final Set<Path> OF_OTHER_THINGS =
      Set.of(
          Path.of("ClockStepTest.java"),
          Path.of("DescriptorsTest.java"),
          Path.of("ExchangedDirectoryTest.java"),
          Path.of("FileSystemTest.java"),
          Path.of("FullDiskTest.java"),
          Path.of("NativeLibraryOsTest.java"),
          Path.of("ReaderTest.java"),
          Path.of("SmallDiskTest.java"),
          Path.of("StorageAdviceTest.java"));

  private static Set<String> names(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String tests() throws Exception {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.list(TESTS)) {
      for (Path file : files.filter(f -> !OF_OTHER_THINGS.contains(f.getFileName())).toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }
}
