package dev.lastly.cli;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The program as it is installed: its launcher, with the classes of this build in its jar. */
final class InstalledProgram {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));

  /** The jars without which it does not start; the last ones are in that of the library. */
  private static final Pattern NEEDED =
      Pattern.compile(
          "(lastly|lastly-testkit|lastly-fleet|(sqlite-jdbc|slf4j-api|picocli|jspecify"
              + "|HikariCP|flyway|jackson)[^/]*)[.]jar");

  private InstalledProgram() {}

  /**
   * Installs it. The jar names the class path of the test, and has nothing else.
   *
   * @param directory gets the launcher, and {@code lib} with the jar
   * @return the launcher
   */
  static Path in(Path directory) throws IOException {
    return install(directory, classPath().map(InstalledProgram::link));
  }

  /**
   * Installs it where every user may read it, who need not be able to read the class path: {@code
   * lib} has a copy of what the program needs.
   *
   * @param directory as above; all users may enter the directories above it
   * @return the launcher
   */
  static Path openToAll(Path directory) throws Exception {
    List<Path> needed =
        classPath()
            .filter(
                entry ->
                    Files.isDirectory(entry)
                        || NEEDED.matcher(entry.getFileName().toString()).matches())
            .toList();
    Path launcher =
        install(directory, IntStream.range(0, needed.size()).mapToObj(i -> name(i, needed.get(i))));
    for (int i = 0; i < needed.size(); i++) {
      run("cp", "-rLT", needed.get(i).toString(), directory + "/lib/" + name(i, needed.get(i)));
    }
    run("chmod", "-R", "a+rX", directory.toString());
    return launcher;
  }

  private static Path install(Path directory, Stream<String> links) throws IOException {
    Path launcher = directory.resolve("lastly");
    Files.copy(ROOT.toAbsolutePath().resolve("src/cli/dist/lastly"), launcher);
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest
        .getMainAttributes()
        .put(Attributes.Name.CLASS_PATH, links.collect(Collectors.joining(" ")));
    Path jar = Files.createDirectory(directory.resolve("lib")).resolve("lastly-cli.jar");
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return launcher;
  }

  private static Stream<Path> classPath() {
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(all.split(File.pathSeparator, -1)).map(Path::of);
  }

  private static String link(Path entry) {
    return entry.toUri().toString();
  }

  private static String name(int number, Path entry) {
    return number + (Files.isDirectory(entry) ? "/" : ".jar");
  }

  private static void run(String... command) throws Exception {
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new AssertionError(List.of(command) + " exits with " + status);
    }
  }
}
