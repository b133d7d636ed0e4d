package dev.lastly.bench.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/**
 * A mechanism with a price or a gain, and how to switch it off: one line of one class is replaced,
 * and the class is compiled into a directory that comes before Lastly on the class path.
 *
 * <p>So the library needs no switch that only a measurement uses.
 */
enum Without {
  LEADER_THREAD(
      "a thread that leads crowds",
      "sqlite/Writer",
      "if (queue.isCrowded()) {",
      "if (queue.isCrowded() && ended) {"),
  TICKET_LINE(
      "the line between processes",
      "sqlite/TicketLine",
      "return end <= 1 || bytes.isFree(1, end - 1);",
      "return end <= 1 || end > 1;"),
  WITNESS(
      "the witness of what was acknowledged",
      "store/Witness",
      "boolean news = !acknowledged.covers(reach) || (toDevice && !synced.covers(reach));",
      "boolean news = broken;"),
  ROOM(
      "the look at the room that is left",
      "sqlite/Room",
      "if (now - allowedAt < RECENT_NANOS) {",
      "if (now - allowedAt < Long.MAX_VALUE) {");

  private static final Path SOURCES = Path.of("src/core/main/java/dev/lastly/internal");

  private final String title;
  private final String className;
  private final String line;
  private final String instead;

  Without(String title, String className, String line, String instead) {
    this.title = title;
    this.className = className;
    this.line = line;
    this.instead = instead;
  }

  /** The name of the mechanism in the report. */
  String title() {
    return title;
  }

  /**
   * Compiles the class without the mechanism.
   *
   * @return the directory for the class path
   * @throws IllegalStateException if the class does not have the line exactly once, or does not
   *     compile
   */
  Path compile(Path directory) throws IOException {
    Path source = SOURCES.resolve(className + ".java");
    String text = Files.readString(source);
    if (text.indexOf(line) < 0 || text.indexOf(line) != text.lastIndexOf(line)) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%s does not have this line exactly once: %s; change the line in Without",
              source.toAbsolutePath(),
              line));
    }
    Path changed = directory.resolve(source.getFileName());
    Files.writeString(changed, text.replace(line, instead));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    int failed =
        compiler.run(
            null,
            null,
            null,
            "-nowarn",
            "-proc:none",
            "-cp",
            System.getProperty("java.class.path"),
            "-d",
            directory.toString(),
            changed.toString());
    if (failed != 0) {
      throw new IllegalStateException(changed + " does not compile; the errors of javac are above");
    }
    return directory;
  }
}
