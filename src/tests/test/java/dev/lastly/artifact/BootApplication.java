package dev.lastly.artifact;

import dev.lastly.DeferredFunctionManager;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
  private static final String GROUP = "dev/lastly";

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
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("lastly.maven", "mvn"),
                "-q",
                "-B",
                "-f",
                ROOT.resolve("src/tests/test/spring-boot-" + boot).resolve("pom.xml").toString(),
                "-Dmaven.repo.local=" + repository(version),
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
   * The user's local repository and in it, as after {@code make install}, this build of Lastly. The
   * user's own is only linked to: nothing is installed there.
   */
  private static synchronized Path repository(String version) throws IOException {
    Path users = Path.of(System.getProperty("lastly.repository", ""));
    Path repository = TARGET.resolve("repository");
    link(users, repository, "dev");
    link(users.resolve("dev"), repository.resolve("dev"), "lastly");
    Path jar = CoreJar.path();
    for (int boot = 3; boot <= 4; boot++) {
      String starter = "lastly-spring-boot-" + boot + "-starter";
      Path pom = ROOT.resolve("src/spring-boot-" + boot + "/pom.xml");
      install(repository, starter, version, starterJar(boot), ".jar");
      install(repository, starter, version, pom, ".pom");
    }
    install(repository, "lastly", version, jar, ".jar");
    install(repository, "lastly", version, jar.resolveSibling("reduced-pom.xml"), ".pom");
    install(repository, "lastly-parent", version, ROOT.resolve("pom.xml"), ".pom");
    return repository;
  }

  /** Found by the only class of which each starter has its own. */
  private static Path starterJar(int boot) throws IOException {
    String type = "/dev/lastly/spring/Boot" + boot + "HealthAutoConfiguration.class";
    URLConnection inJar = BootApplication.class.getResource(type).openConnection();
    return Path.of(URI.create(((JarURLConnection) inJar).getJarFileURL().toString()));
  }

  private static void link(Path from, Path to, String notThis) throws IOException {
    Files.createDirectories(to);
    if (Files.isDirectory(from)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(from, Files::isDirectory)) {
        for (Path entry : entries) {
          Path link = to.resolve(entry.getFileName().toString());
          if (!entry.endsWith(notThis) && !Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
            Files.createSymbolicLink(link, entry);
          }
        }
      }
    }
  }

  private static void install(
      Path repository, String artifact, String version, Path file, String suffix)
      throws IOException {
    Path place = repository.resolve(GROUP).resolve(artifact).resolve(version);
    Files.createDirectories(place);
    Files.copy(
        file,
        place.resolve(artifact + "-" + version + suffix),
        StandardCopyOption.REPLACE_EXISTING);
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
