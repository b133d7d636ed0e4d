package dev.lastly.cleanup;

import dev.lastly.fuzz.Oracle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The same for the parser of {@link Cleanup#deleteTree}: a mount point that it overlooks is one
 * that a deletion crosses.
 */
public final class CleanupMountsFuzz {
  private static final Path TREE = Path.of("/srv/a b");

  private static final Pattern BELOW =
      Pattern.compile("\\d+ \\d+ \\d+:\\d+ \\S+ (/srv/a\\\\040b/[!-.0-\\[\\]-~]+) \\S+ .*");

  private CleanupMountsFuzz() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String table = Oracle.bytes(input);
    Set<Path> found;
    try {
      found = MountPoints.below(TREE, table);
    } catch (IOException e) {
      Oracle.requireClear(e);
      return;
    }
    for (Path mount : found) {
      Oracle.require(mount.startsWith(TREE) && !mount.equals(TREE), () -> "not below: " + mount);
    }
    Set<Path> expected = new HashSet<>();
    for (String line : table.split("\n", -1)) {
      Matcher fields = BELOW.matcher(line);
      if (fields.matches()) {
        expected.add(Path.of(fields.group(1).replace("\\040", " ")));
      }
    }
    Oracle.require(found.containsAll(expected), () -> "overlooked one of " + expected);
  }
}
