package dev.lastly.crash;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How the JVMs of the crash tests are started: small, and soon there. */
public final class Jvm {
  private Jvm() {}

  /** The command up to the class path; the main class and its arguments follow. */
  public static List<String> command(List<String> options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-UsePerfData", // its file would be left behind by each kill
            "-Xshare:auto",
            "-Dorg.slf4j.simpleLogger.logFile=System.err",
            "-Djava.util.logging.config.file=/dev/null",
            Sigkill.OPTION));
    command.addAll(options);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
    return command;
  }
}
