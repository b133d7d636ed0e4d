package dev.lastly.internal.classpath;

import dev.lastly.model.StoreException;
import java.io.IOException;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What Lastly needs of the class path. A user's build decides what that is: it may pin another
 * driver, take the jar apart, or run it on a JDK without some modules. Each of these is reported
 * when a user opens something, in one sentence, and not by the first class that is missed, which
 * may be in {@code defer}.
 *
 * <p>Uses no library, not even the log, and names all classes by text. The build relocates the
 * names of Jackson, HikariCP and Flyway in texts, too.
 */
public final class ClassPath {
  private static final String NEEDED_SQLITE = "org.xerial:sqlite-jdbc 3.51.3.0 or newer";
  private static final String NEEDED_SLF4J = "org.slf4j:slf4j-api 1.7 or newer";
  private static final String PIN_SQLITE =
      "pin org.xerial:sqlite-jdbc:3.54.1.0 (Maven: <dependencyManagement>; Gradle: constraints;"
          + " Spring Boot with either: the property sqlite-jdbc.version)";
  private static final String ADD_SLF4J = "add org.slf4j:slf4j-api:2.0.17 to the dependencies";

  private static final String DRIVER = "org/sqlite/SQLiteConnection.class";
  private static final String LOGGING = "org/slf4j/LoggerFactory.class";
  private static final String LASTLY = "dev/lastly/internal/classpath/ClassPath.class";

  /** What would be missed in {@code defer}, or by the first readers that meet. */
  private static final List<String> OWN_PARTS =
      List.of(
          "tools/jackson/core/JsonParser.class",
          "tools/jackson/databind/ObjectMapper.class",
          "com/zaxxer/hikari/pool/HikariPool.class");

  /** What would fail in the middle of a migration, and not say why. */
  private static final List<String> PARTS_FOR_MIGRATION =
      List.of(
          "dev/lastly/migrations/V1__lastly.sql",
          "org/flywaydb/core/Flyway.class",
          "org/flywaydb/core/internal/version.txt",
          "org/flywaydb/core/internal/database/sqlite/SQLiteDatabaseType.class", // by reflection
          services("org.flywaydb.core.extensibility.Plugin"));

  private static volatile boolean complete;

  private ClassPath() {}

  /**
   * Opens what a user opens.
   *
   * @throws StoreException also if the class path lacks something, or has another version of it
   */
  public static <T> T opening(Supplier<T> open) {
    try {
      if (!complete) {
        requireLibraries();
        require(OWN_PARTS);
        complete = true;
      }
      return open.get();
    } catch (LinkageError | ServiceConfigurationError e) {
      throw new StoreException(
          "Lastly does not fit the class path: "
              + e
              + "; found are Lastly of "
              + places(LASTLY)
              + ", org.xerial:sqlite-jdbc of "
              + places(DRIVER)
              + " and org.slf4j:slf4j-api of "
              + places(LOGGING)
              + ", needed are Lastly's jar once and as published, "
              + NEEDED_SQLITE
              + " and "
              + NEEDED_SLF4J
              + ": "
              + PIN_SQLITE
              + ", and remove jars of which there are two",
          e);
    }
  }

  /**
   * Says that a database is about to get its schema, which most opens find there. Each part that is
   * looked for costs a new JVM a tenth of a millisecond.
   *
   * @throws StoreException if a part of Lastly that this takes is missing
   */
  public static void requireForMigration() {
    require(PARTS_FOR_MIGRATION);
  }

  /** What to say of a driver whose SQLite is too old. */
  public static String tooOld(String sqlite, String oldest) {
    return "SQLite "
        + sqlite
        + ", of "
        + driver()
        + ", can corrupt a database in WAL mode (https://www.sqlite.org/wal.html#walresetbug);"
        + " Lastly needs SQLite "
        + oldest
        + " or newer: "
        + PIN_SQLITE;
  }

  /** What to say of a driver that has no native library for this platform. */
  public static String noNativeLibrary(String platform) {
    return "no native library of SQLite for "
        + platform
        + " is in "
        + driver()
        + ", nor on java.library.path; Lastly needs "
        + NEEDED_SQLITE
        + " as published, with its native libraries: "
        + PIN_SQLITE
        + ", and keep org/sqlite/native/"
        + platform
        + " where a build takes jars apart";
  }

  private static String driver() {
    String chosen = System.getProperty("org.sqlite.lib.path");
    return place(ClassPath.class.getResource("/" + DRIVER), DRIVER)
        + (chosen == null ? "" : " with the library in org.sqlite.lib.path=" + chosen);
  }

  private static void requireLibraries() {
    requireModule("java.sql", "java.sql.Connection");
    requireModule("java.naming", "javax.naming.NamingException"); // HikariCP catches it
    requireLibrary(LOGGING, NEEDED_SLF4J, ADD_SLF4J);
    requireLibrary(DRIVER, NEEDED_SQLITE, PIN_SQLITE + " and add it to the dependencies");
  }

  private static void requireModule(String module, String type) {
    if (!isThere(type)) {
      throw new StoreException(
          "the Java run-time image "
              + System.getProperty("java.home")
              + " has no module "
              + module
              + ", and Lastly needs java.sql and java.naming: make the image with jlink"
              + " --add-modules java.sql,java.naming");
    }
  }

  private static void requireLibrary(String resource, String needed, String remedy) {
    String type = resource.replace(".class", "").replace('/', '.');
    if (!isThere(type)) {
      throw new StoreException(
          "the class path has no " + type + ", and Lastly needs " + needed + ": " + remedy);
    }
  }

  /** Without its initialization: of these classes all but one are needed soon in any case. */
  private static boolean isThere(String type) {
    try {
      return Class.forName(type, false, ClassPath.class.getClassLoader()) != null;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static void require(List<String> parts) {
    for (String part : parts) {
      if (ClassPath.class.getResource("/" + part) == null) {
        throw new StoreException(
            part
                + " is missing from Lastly in "
                + places(LASTLY)
                + ", and Lastly needs its jar as published, dev.lastly:lastly: where a build takes"
                + " jars apart (shading, minimizing, a native image), keep all of dev/lastly and"
                + " META-INF/services/dev.lastly.*");
      }
    }
  }

  private static String services(String type) {
    return "META-INF/services/" + type;
  }

  /** Every place that has it; only of use when something has failed, because it opens all jars. */
  private static String places(String resource) {
    ClassLoader loader = ClassPath.class.getClassLoader();
    List<String> places = new ArrayList<>();
    try {
      for (URL url : Collections.list(loader.getResources(resource))) {
        places.add(place(url, resource));
      }
    } catch (IOException e) {
      places.add("places that cannot be read (" + e + ")");
    }
    return places.isEmpty() ? "nowhere" : String.join(" and ", places);
  }

  /** The jar of a file in it: what stands before it in its URL. */
  private static String place(@Nullable URL url, String resource) {
    return url == null
        ? "nowhere"
        : url.toString()
            .replace(resource, "")
            .replaceFirst("^jar:(file:|nested:)?", "")
            .replaceFirst("!?/$", "");
  }
}
