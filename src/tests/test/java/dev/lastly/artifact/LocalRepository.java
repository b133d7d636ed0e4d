package dev.lastly.artifact;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.cli.Lastly;
import dev.lastly.testkit.TestNode;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A local repository of Maven with this build of Lastly, for builds of users' projects. */
final class LocalRepository {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));
  private static final String GROUP = "dev/lastly";

  private LocalRepository() {}

  /**
   * The user's local repository and in it, as after {@code make install}, this build of Lastly. The
   * user's own is only linked to: nothing is installed there.
   *
   * @param repository where to make it
   */
  static synchronized void create(Path repository) throws IOException {
    String version = DeferredFunctionManager.class.getPackage().getImplementationVersion();
    Path users = Path.of(System.getProperty("lastly.repository", ""));
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
    install(repository, "lastly-cli", version, CoreJar.of(Lastly.class), ".jar");
    install(repository, "lastly-cli", version, ROOT.resolve("src/cli/pom.xml"), ".pom");
    install(repository, "lastly-testkit", version, CoreJar.of(TestNode.class), ".jar");
    install(repository, "lastly-testkit", version, ROOT.resolve("src/testkit/pom.xml"), ".pom");
    install(repository, "lastly-bom", version, ROOT.resolve("src/bom/pom.xml"), ".pom");
    install(repository, "lastly-parent", version, ROOT.resolve("pom.xml"), ".pom");
  }

  /** Found by the only class of which each starter has its own. */
  private static Path starterJar(int boot) throws IOException {
    String type = "/dev/lastly/spring/Boot" + boot + "HealthAutoConfiguration.class";
    URLConnection inJar = LocalRepository.class.getResource(type).openConnection();
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
}
