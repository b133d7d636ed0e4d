package dev.lastly.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The project of {@code docs/recipes/pom.xml} is built by Maven, with a test in it. */
@Tag("os")
class MavenRecipeTest {
  private static final Path RECIPE =
      Path.of(System.getProperty("lastly.basedir", "")).resolve("docs/recipes/pom.xml");

  private static final Path TARGET =
      Path.of(System.getProperty("lastly.target", "target")).toAbsolutePath();

  /** Ends its JVM as Surefire does after a time-out. */
  private static final String EXPORT_TEST =
      """
      import dev.lastly.Deferrer;
      import dev.lastly.testkit.junit.CleanUpExtension;
      import java.nio.file.Files;
      import java.nio.file.Path;
      import org.junit.jupiter.api.Test;
      import org.junit.jupiter.api.extension.ExtendWith;

      @ExtendWith(CleanUpExtension.class)
      class ExportTest {
        @Test
        void export_anything_hangs(Deferrer job) throws Exception {
          Path target = Path.of(System.getProperty("export.target"));
          job.deleteTree(target);
          Files.createDirectory(target);
          Files.createFile(target.resolveSibling("begun"));
          Runtime.getRuntime().halt(1);
        }
      }
      """;

  @TempDir private Path temp;

  @Test
  void mavenTest_itsJvmIsHalted_theGuardianCleansUp() throws Exception {
    Path tests = Files.createDirectories(temp.resolve("exports/src/test/java"));
    Files.writeString(tests.resolve("ExportTest.java"), EXPORT_TEST);
    Files.copy(RECIPE, temp.resolve("exports/pom.xml"));
    Path repository = TARGET.resolve("recipe-repository");
    LocalRepository.create(repository);
    Path target = temp.resolve("target");
    Path output = temp.resolve("output");
    ProcessBuilder maven =
        new ProcessBuilder(
                System.getProperty("lastly.maven", "mvn"),
                "-B",
                "-Dmaven.repo.local=" + repository,
                "-Dexport.target=" + target,
                "test")
            .directory(temp.resolve("exports").toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    maven.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    maven.environment().put("XDG_STATE_HOME", temp.resolve("state").toString());
    Process build = maven.start();
    try {
      assertThat(build.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(Files.readString(output)).contains("The forked VM terminated");
      assertThat(temp.resolve("begun")).exists();
      Await.until("the guardian has cleaned up", () -> !Files.exists(target));
    } finally {
      build.destroyForcibly();
    }
  }
}
