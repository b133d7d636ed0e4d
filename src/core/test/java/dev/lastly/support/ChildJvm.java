package dev.lastly.support;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the tests start JVMs: with a small heap and a fast start. There are hundreds of them, so the
 * time that {@link ChildClasses} saves in each adds up.
 */
public final class ChildJvm {
  static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();
  static final List<String> OPTIONS =
      List.of(
          "-Xmx64m",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData", // its file would be left behind by each kill
          "-Xlog:disable",
          "-Xlog:all=warning:stderr", // standard output is for what the programs say
          "-Dorg.slf4j.simpleLogger.logFile=System.err",
          "-Djava.util.logging.config.file=/dev/null");

  private ChildJvm() {}

  /**
   * The command up to the main class.
   *
   * @param options more options of the JVM; the later of two wins
   */
  public static List<String> command(String... options) {
    return command(List.of(options), List.of());
  }

  /**
   * The command up to the main class.
   *
   * @param options more options of the JVM; the later of two wins
   * @param classes more directories with classes, which come before those of this build
   */
  public static List<String> command(List<String> options, List<Path> classes) {
    List<String> command = new ArrayList<>(List.of(JAVA));
    command.addAll(OPTIONS);
    if (classes.isEmpty()) {
      command.add("-XX:SharedArchiveFile=" + ChildClasses.current().archive());
    }
    command.addAll(options);
    command.add("-cp");
    command.add(
        classes.isEmpty()
            ? ChildClasses.current().classPath()
            : ChildClasses.withDirectories(classes));
    return command;
  }
}
