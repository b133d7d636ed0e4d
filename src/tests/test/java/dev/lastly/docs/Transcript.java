package dev.lastly.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What commands of a page print, in a directory that stands in for a fresh clone. */
final class Transcript {
  /** Where the clone is on the pages. */
  private static final String HOME = "/home/ali/lastly";

  /** What differs from one run to the next. */
  private static final Pattern CHANGING =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}|\\b\\d+ m?s\\b|(?<=retry by )\\S+"
              + "|(?<=scratch-|process |start tick )\\d+|(?<= on )\\S+");

  private final Path clone;

  private Transcript(Path clone) {
    this.clone = clone;
  }

  /** With the sources, and with a {@code make} that prints the class path of the tests. */
  static Transcript in(Path directory) throws IOException {
    Files.createSymbolicLink(directory.resolve("src"), Markdown.ROOT.resolve("src"));
    Path make = Files.createDirectory(directory.resolve("programs")).resolve("make");
    Files.writeString(make, "#!/bin/sh\necho \"$LASTLY_CLASS_PATH\"\n");
    if (!make.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + make + " executable");
    }
    return new Transcript(directory);
  }

  /** A shell that runs a script in the clone. Its errors go to the file {@code errors} there. */
  ProcessBuilder shell(String script) {
    ProcessBuilder shell = new ProcessBuilder("bash", "-c", script).directory(clone.toFile());
    String first = clone.resolve("programs") + ":" + System.getProperty("java.home") + "/bin:";
    shell.environment().merge("PATH", first, (path, more) -> more + path);
    shell.environment().put("LASTLY_CLASS_PATH", System.getProperty("java.class.path"));
    shell.environment().put("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    return shell.redirectError(clone.resolve("errors").toFile());
  }

  /** Lines as a page shows them: from a clone in a home directory, on a machine without a name. */
  String shown(String text) throws IOException {
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    StringBuilder shown = new StringBuilder();
    for (String line : text.replace(" on " + host + "\n", " on node-1\n").split("(?<=\n)", -1)) {
      int narrower = clone.toString().length() - HOME.length();
      boolean isRow = line.contains(clone.toString()) && lastLine(shown).startsWith("ID ");
      if (isRow && narrower > 0) { // the heading of the table
        int column = shown.indexOf(" ".repeat(narrower + 2), shown.lastIndexOf("ID "));
        shown.delete(column, column + narrower);
      }
      shown.append(line.replace(clone.toString(), HOME));
    }
    return shown.toString();
  }

  private static String lastLine(StringBuilder text) {
    return text.substring(text.lastIndexOf("\n", text.length() - 2) + 1);
  }

  /** The same for each run: without times, process ids and the width of columns. */
  static String stable(String shown) {
    return CHANGING.matcher(shown).replaceAll("_").replaceAll(" {2,}", " ");
  }

  /** A line of dots stands for any lines, dots at the end of a line for any text. */
  static Pattern expected(String shown) {
    return Pattern.compile(
        stable(shown)
            .lines()
            .map(
                line ->
                    line.equals("…")
                        ? "(.*\n)*"
                        : Pattern.quote(line.replaceFirst("…$", ""))
                            + (line.endsWith("…") ? ".*\n" : "\n"))
            .collect(Collectors.joining()));
  }
}
