package dev.lastly.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * The release after this one: the same code with one more migration. There is no previous release
 * yet whose jar could be taken; until there is, this build is the previous one.
 */
final class NextRelease {
  /** The version of its schema. */
  static final int VERSION = 11;

  private static final Path SOURCES =
      Path.of(
          System.getProperty("lastly.basedir", ""), "src/core/main/java/dev/lastly/internal/store");

  private NextRelease() {}

  /**
   * Compiles what differs.
   *
   * @return a directory to put before this build on the class path
   */
  static Path compile(Path directory) throws Exception {
    List<String> command = new ArrayList<>(List.of("-nowarn", "-proc:none", "-d"));
    command.add(directory.toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    for (String name : List.of("Schema", "MigrationFiles", "Migration")) {
      String text = Files.readString(SOURCES.resolve(name + ".java"));
      Path changed = directory.resolve(name + ".java");
      Files.writeString(
          changed,
          text.replace("LAST_UNRELEASED + 1;", "LAST_UNRELEASED + 2;")
              .replace("\"V1__lastly.sql\"", "\"V1__lastly.sql\", \"V2__next.sql\"")
              .replace("org.flywaydb.", flyway()));
      command.add(changed.toString());
    }
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    if (javac.run(null, null, null, command.toArray(String[]::new)) != 0) {
      throw new IOException("the next release does not compile; the errors of javac are above");
    }
    Path migrations = Files.createDirectories(directory.resolve("dev/lastly/migrations"));
    Files.writeString(
        migrations.resolve("V2__next.sql"),
        "ALTER TABLE job ADD COLUMN next TEXT;\nPRAGMA user_version = " + VERSION + ";\n");
    return directory;
  }

  /** The package of Flyway, which the finished jar has under another name. */
  private static String flyway() throws ReflectiveOperationException {
    String there =
        Class.forName("dev.lastly.internal.store.MigrationFiles").getInterfaces()[0].getName();
    return there.substring(0, there.indexOf("core.api."));
  }
}
