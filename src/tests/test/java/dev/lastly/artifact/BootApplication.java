package dev.lastly.artifact;

import dev.lastly.DeferredFunctionManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Executable jars of the application in {@code src/tests/test/spring-boot}, which Maven and Boot's
 * own plugin build with Lastly's published pom and jar.
 */
final class BootApplication {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));
  private static final Path TARGET =
      Path.of(System.getProperty("lastly.target", "target")).toAbsolutePath();

  private BootApplication() {}

  /**
   * Builds one.
   *
   * @param boot the major version of Spring Boot
   * @param options more options of Maven
   * @return the jar
   */
  static Path build(String boot, String... options) throws Exception {
    String name = "spring-boot-" + boot + String.join("", options).replaceAll("[^0-9]+", "-");
    Path output = TARGET.resolve(name + ".log");
    String version = DeferredFunctionManager.class.getPackage().getImplementationVersion();
    Path repository = TARGET.resolve("repository");
    LocalRepository.create(repository);
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("lastly.maven", "mvn"),
                "-q",
                "-B",
                "-f",
                ROOT.resolve("src/tests/test/spring-boot-" + boot).resolve("pom.xml").toString(),
                "-Dmaven.repo.local=" + repository,
                "-Dlastly.version=" + version,
                "-Dapplication.directory=" + TARGET.resolve(name),
                "-Dmaven.test.skip=true"));
    command.addAll(List.of(options));
    command.add("package");
    Process maven =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!maven.waitFor(5, TimeUnit.MINUTES) || maven.exitValue() != 0) {
      maven.destroyForcibly();
      throw new AssertionError("Maven failed: " + Files.readString(output));
    }
    return TARGET.resolve(name).resolve("application.jar");
  }

  /**
   * Starts one with a port of its own choice and a database of its own.
   *
   * @param base where both keep their data
   * @param log gets all that it says
   * @param arguments more arguments
   */
  static Process start(Path jar, Path base, Path log, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                jar.toString(),
                "--spring.datasource.url=jdbc:h2:file:" + base.resolve("visits"),
                "--server.port=0",
                "--server.shutdown=graceful",
                "--management.endpoints.web.exposure.include=lastly,health,metrics",
                "--management.endpoint.health.show-details=always",
                "--lastly.state-dir=" + base));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log.toFile())
        .start();
  }
}
