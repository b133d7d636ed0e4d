package dev.lastly.internal.proc;

import dev.lastly.fuzz.Oracle;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads each input as {@code /proc/self/mountinfo}, after a first line with the path that is asked
 * for. A network file system that is taken for a local one loses data, and a deletion crosses a
 * mount point that is overlooked.
 */
public final class MountTableFuzz {
  private static final String NONE = "none";

  /** As the kernel writes it, proc_pid_mountinfo(5). */
  private static final Pattern LINE =
      Pattern.compile(
          "\\d+ \\d+ \\d+:\\d+ \\S+ (/|(?:/(?:[^\\s/\\\\\\x00]|\\\\[0-3][0-7][0-7])+)+) \\S+"
              + "(?: (?!- )\\S+)* - (\\S+) \\S+ \\S+");

  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-3][0-7][0-7])");

  private MountTableFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.bytes(input);
    int end = text.indexOf('\n');
    String path = end < 0 ? "/" : text.substring(0, end);
    String table = text.substring(end + 1);
    boolean ofKernel = isOfKernel(table);
    MountTable mounts;
    try {
      mounts = MountTable.parse(table);
    } catch (ProcFormatException e) {
      Oracle.requireClear(e);
      Oracle.require(!ofKernel, () -> "refused: " + table);
      return;
    }
    Path asked = path(path);
    if (asked != null) {
      requireType(asked, mounts, table, ofKernel);
      requireBelow(asked, mounts, table);
    }
  }

  private static boolean isOfKernel(String table) {
    for (String line : table.split("\n", -1)) {
      if (!line.isEmpty() && (!LINE.matcher(line).matches() || line.contains("\\000"))) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable Path path(String path) {
    if (!path.matches("/|(/[!-.0-~ ]+)+")) {
      return null;
    }
    try {
      Path asked = Path.of(path);
      return asked.normalize().toString().equals(path) ? asked : null;
    } catch (InvalidPathException e) {
      return null; // no such path can be asked for
    }
  }

  private static void requireType(Path asked, MountTable mounts, String table, boolean ofKernel) {
    MountTable.Mount mount = mounts.mountOf(asked);
    String found = mount == null ? NONE : mount.type();
    Oracle.require(
        mount == null || table.contains(" - " + found),
        () -> "a type that the table does not have: " + found);
    if (ofKernel) {
      String expected = expected(asked.toString(), table);
      Oracle.require(
          found.equals(expected),
          () -> asked + " is on " + expected + ", was said to be on " + found);
    }
  }

  private static String expected(String path, String table) {
    String best = "";
    String type = NONE;
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

  private static void requireBelow(Path tree, MountTable mounts, String table) {
    Set<Path> found = mounts.below(tree);
    for (Path mount : found) {
      Oracle.require(mount.startsWith(tree) && !mount.equals(tree), () -> "not below: " + mount);
    }
    Set<Path> expected = new HashSet<>();
    for (String line : table.split("\n", -1)) {
      Matcher fields = LINE.matcher(line);
      if (fields.matches()) {
        String point = unescaped(fields.group(1));
        if (point.matches("(/[!-.0-~ ]+)+")) { // those that every locale can spell
          Path mount = Path.of(point);
          if (mount.startsWith(tree) && !mount.equals(tree)) {
            expected.add(mount);
          }
        }
      }
    }
    Oracle.require(found.containsAll(expected), () -> "overlooked one of " + expected);
  }

  private static String unescaped(String field) {
    return ESCAPE.matcher(field).replaceAll(escape -> Matcher.quoteReplacement(character(escape)));
  }

  private static String character(MatchResult escape) {
    return String.valueOf((char) Integer.parseInt(escape.group(1), 8));
  }
}
