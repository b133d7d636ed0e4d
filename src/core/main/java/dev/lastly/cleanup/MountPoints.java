package dev.lastly.cleanup;

import dev.lastly.internal.proc.MountTable;
import dev.lastly.internal.proc.ProcFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the mount points below a directory, and the device of an open directory. Stateless. */
final class MountPoints {
  private static final Pattern FILE_KEY = Pattern.compile("\\(dev=([0-9a-f]+),ino=\\d+\\)");

  private MountPoints() {}

  /**
   * Asks the mount table.
   *
   * @param tree a path whose parent has no links
   * @return the mount points strictly below it; none where there is no such table
   */
  static Set<Path> below(Path tree) throws IOException {
    try {
      MountTable table = MountTable.ofThisProcess();
      // Where there is no such table, the device numbers have to do.
      return table == null ? Set.of() : table.below(tree);
    } catch (ProcFormatException e) {
      // What cannot be read may be a mount point: better to delete nothing than to cross it.
      throw new IOException("nothing was deleted: " + e.getMessage(), e);
    }
  }

  /**
   * The device number in a file key. The attribute {@code unix:dev} has it, too, but Java reads
   * that only by path, and another process can replace the path; the key comes from the open
   * descriptor.
   */
  static long device(Object fileKey) throws IOException {
    Matcher matcher = FILE_KEY.matcher(fileKey.toString());
    if (!matcher.matches()) {
      throw new IOException(
          "deleteTree cannot tell mounted file systems apart on this Java runtime: no device number"
              + " in the file key "
              + fileKey);
    }
    return Long.parseUnsignedLong(matcher.group(1), 16);
  }
}
