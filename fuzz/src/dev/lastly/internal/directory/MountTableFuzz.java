package dev.lastly.internal.directory;

import dev.lastly.fuzz.Oracle;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads each input as {@code /proc/self/mountinfo}, after a first line with the path that is asked
 * for. A network file system that is taken for a local one loses data.
 */
public final class MountTableFuzz {
  /** As the kernel writes it, proc_pid_mountinfo(5). */
  private static final Pattern LINE =
      Pattern.compile(
          "\\d+ \\d+ \\d+:\\d+ \\S+ (/|(?:/[^\\s/]+)+) \\S+(?: (?!- )\\S+)* - (\\S+) \\S+ \\S+");

  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-3][0-7][0-7])");

  private MountTableFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.bytes(input);
    int end = text.indexOf('\n');
    String path = end < 0 ? "/" : text.substring(0, end);
    String table = text.substring(end + 1);
    String found = type(path, table);
    Oracle.require(
        found.equals(FileSystemCheck.UNKNOWN) || table.contains(" - " + found),
        () -> "a type that the table does not have: " + found);
    if (isReal(path) && (table + "\n").matches("(?s)(?:" + LINE + "\n)+")) {
      String expected = expected(path, table);
      Oracle.require(
          found.equals(expected),
          () -> path + " is on " + expected + ", was said to be on " + found);
    }
  }

  private static String type(String path, String table) {
    MountTable mounts = MountTable.parse(table);
    try {
      MountTable.Mount mount = mounts.mountOf(Path.of(path));
      return mount == null ? FileSystemCheck.UNKNOWN : mount.type();
    } catch (InvalidPathException e) {
      return FileSystemCheck.UNKNOWN; // by Path.of: no such path can be asked for
    }
  }

  private static boolean isReal(String path) {
    return path.matches("/|(/[!-.0-~ ]+)+") && Path.of(path).normalize().toString().equals(path);
  }

  private static String expected(String path, String table) {
    String best = "";
    String type = FileSystemCheck.UNKNOWN;
    for (String line : table.split("\n", -1)) {
      Matcher fields = LINE.matcher(line);
      if (fields.matches()) {
        String point = unescaped(fields.group(1));
        boolean below = point.equals("/") || (path + "/").startsWith(point + "/");
        if (below && point.length() >= best.length()) {
          best = point;
          type = fields.group(2);
        }
      }
    }
    return type;
  }

  private static String unescaped(String field) {
    String bytes =
        ESCAPE.matcher(field).replaceAll(escape -> Matcher.quoteReplacement(character(escape)));
    return bytes; // as the table compares them
  }

  private static String character(MatchResult escape) {
    return String.valueOf((char) Integer.parseInt(escape.group(1), 8));
  }
}
