package dev.lastly.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.model.StoreException;
import java.io.File;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Applications whose build has changed what they get: they work, or hear at once what to pin. */
class ClassPathTest {
  private static final String PIN =
      "pin org.xerial:sqlite-jdbc:3.54.1.0 (Maven: <dependencyManagement>; Gradle: constraints;"
          + " Spring Boot with either: the property sqlite-jdbc.version)";
  private static final Path OTHERS =
      Path.of(System.getProperty("lastly.target", "target"), "others").toAbsolutePath();

  @TempDir private Path directory;

  /** The application: says what {@code open} throws, and lets through what is thrown later. */
  static final class Application {
    record Scratch(String path, int parts) {}

    private Application() {}

    static void remove(Scratch scratch) {
      System.out.println("removed " + scratch);
    }

    private static DeferredFunctionManager open(Path base) {
      try {
        return DeferredFunctionManager.open(base);
      } catch (StoreException e) {
        System.out.println("open: " + e.getMessage());
        System.exit(0);
        throw e;
      }
    }

    public static void main(String[] args) {
      try (DeferredFunctionManager manager = open(Path.of(args[0]));
          JobContext job = manager.openJob("job")) {
        job.defer(Application::remove, new Scratch("a", 2));
      }
    }
  }

  private String run(Path... classPath) throws Exception {
    return run(List.of(), classPath);
  }

  private String run(List<String> options, Path... classPath) throws Exception {
    Path own =
        Path.of(ClassPathTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(options);
    command.add("-cp");
    command.add(
        Stream.concat(Stream.of(classPath), Stream.of(own))
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator)));
    command.add(Application.class.getName());
    command.add(Files.createDirectories(directory.resolve("base")).toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /** A copy without what has a name that begins with the prefix. */
  private Path without(Path jar, String prefix) throws Exception {
    Path copy = directory.resolve("repackaged-" + jar.getFileName());
    int left = 0;
    try (ZipFile from = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(copy);
        ZipOutputStream to = new ZipOutputStream(file)) {
      to.setLevel(Deflater.NO_COMPRESSION);
      for (ZipEntry entry : Collections.list(from.entries())) {
        if (entry.getName().startsWith(prefix)) {
          left++;
        } else {
          to.putNextEntry(new ZipEntry(entry.getName()));
          try (InputStream content = from.getInputStream(entry)) {
            content.transferTo(to);
          }
          to.closeEntry();
        }
      }
    }
    assertThat(left).as("entries left out").isPositive();
    return copy;
  }

  private static Path other(String name) {
    return OTHERS.resolve(name);
  }

  @Test
  void open_threeLibraries_works() throws Exception {
    assertThat(run(CoreJar.path(), CoreJar.driver(), CoreJar.logging()))
        .contains("removed Scratch[path=a, parts=2]");
  }

  @Test
  void open_oldestLibrariesThatAreNeeded_works() throws Exception {
    assertThat(
            run(CoreJar.path(), other("sqlite-jdbc-3.51.3.0.jar"), other("slf4j-api-1.7.36.jar")))
        .contains("removed Scratch");
  }

  @Test
  void open_lastlyTwice_works() throws Exception {
    Path copy = Files.copy(CoreJar.path(), directory.resolve("lastly-2.jar"));
    assertThat(run(CoreJar.path(), copy, CoreJar.driver(), CoreJar.logging()))
        .contains("removed Scratch");
  }

  @Test
  void open_noDriver_saysWhatToAdd() throws Exception {
    assertThat(run(CoreJar.path(), CoreJar.logging()))
        .contains("open: ", "no org.sqlite.SQLiteConnection", "3.51.3.0 or newer", PIN);
  }

  @Test
  void open_noLogging_saysWhatToAdd() throws Exception {
    assertThat(run(CoreJar.path(), CoreJar.driver()))
        .contains("open: ", "no org.slf4j.LoggerFactory", "add org.slf4j:slf4j-api:2.0.17");
  }

  @Test
  void open_oldDriver_namesItsJarAndWhatToPin() throws Exception {
    Path old = other("sqlite-jdbc-3.49.1.0.jar");
    assertThat(run(CoreJar.path(), old, CoreJar.driver(), CoreJar.logging())) // the first counts
        .contains("open: SQLite 3.49.1, of " + old, "needs SQLite 3.51.3 or newer", PIN);
  }

  @Test
  void open_driverWithOtherMethods_namesItsJarAndWhatToPin() throws Exception {
    Path old = other("sqlite-jdbc-3.36.0.3.jar");
    assertThat(run(CoreJar.path(), old, CoreJar.logging()))
        .contains("open: ", "NoSuchMethodError", "sqlite-jdbc of " + old, "3.51.3.0 or newer", PIN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"org/sqlite/native/", "org/sqlite/native/Linux"})
  void open_noNativeLibraryForThisPlatform_saysWhatToKeep(String taken) throws Exception {
    Path driver = without(CoreJar.driver(), taken);
    assertThat(run(CoreJar.path(), driver, CoreJar.logging()))
        .contains("open: no native library of SQLite for Linux", "is in " + driver, PIN);
  }

  @ParameterizedTest
  @CsvSource({"java.base,java.sql", "java.sql,java.naming"})
  void open_imageWithoutAModule_saysWhichToLink(String modules, String missing) throws Exception {
    assertThat(
            run(
                List.of("--limit-modules", modules),
                CoreJar.path(),
                CoreJar.driver(),
                CoreJar.logging()))
        .contains("open: ", "has no module " + missing, "--add-modules java.sql,java.naming");
  }

  @Test
  void open_imageWithTheModulesThatAreNeeded_works() throws Exception {
    assertThat(
            run(
                List.of("--limit-modules", "java.sql,java.naming"),
                CoreJar.path(),
                CoreJar.driver(),
                CoreJar.logging()))
        .contains("removed Scratch");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dev/lastly/migrations/",
        "dev/lastly/internal/shaded/hikari/",
        "dev/lastly/internal/shaded/jackson/",
        "dev/lastly/internal/shaded/jackson/core/",
        "dev/lastly/internal/shaded/flyway/",
        "dev/lastly/internal/shaded/flyway/core/internal/version.txt",
        "dev/lastly/internal/shaded/flyway/core/internal/database/sqlite/",
        "META-INF/services/"
      })
  void open_jarThatWasTakenApart_saysWhatToKeep(String taken) throws Exception {
    Path repackaged = without(CoreJar.path(), taken);
    assertThat(run(repackaged, CoreJar.driver(), CoreJar.logging()))
        .contains(
            "open: " + taken, // or below it
            "is missing from Lastly in " + repackaged,
            "keep all of dev/lastly and META-INF/services/dev.lastly.*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dev/lastly/internal/engine/Engine",
        "dev/lastly/internal/shaded/jackson/annotation/JsonSerializeAs"
      })
  void open_anyOtherClassMissing_namesItAndTheJars(String taken) throws Exception {
    Path repackaged = without(CoreJar.path(), taken + ".class");
    assertThat(run(repackaged, CoreJar.driver(), CoreJar.logging()))
        .contains(
            "open: ",
            "NoClassDefFoundError: " + taken,
            "Lastly of " + repackaged,
            "sqlite-jdbc of " + CoreJar.driver(),
            "slf4j-api of " + CoreJar.logging());
  }

  /** What the sentences tell users to pin is what Lastly is tested with. */
  @Test
  void pins_ofTheSentences_areTheVersionsOfThisBuild() {
    assertThat(CoreJar.driver()).hasFileName("sqlite-jdbc-3.54.1.0.jar");
    assertThat(CoreJar.logging()).hasFileName("slf4j-api-2.0.17.jar");
  }
}
