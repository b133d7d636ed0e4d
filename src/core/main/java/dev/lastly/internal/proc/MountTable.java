package dev.lastly.internal.proc;

import dev.lastly.internal.posix.PathBytes;
import dev.lastly.internal.posix.Posix;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is mounted where: the content of {@code /proc/self/mountinfo}, proc_pid_mountinfo(5).
 *
 * <p>A table with a line of another form is refused whole: that line may be the mount that is asked
 * for.
 *
 * <p>Names are compared by their bytes, each written as one character: a mount point need not be a
 * path that this process's encoding can express.
 */
public final class MountTable {
  private static final Path FILE = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT = 4;
  private static final int FIRST_OPTIONAL = 6;
  private static final String SEPARATOR = "-"; // between optional fields and the type

  private final List<Mount> mounts;

  private MountTable(List<Mount> mounts) {
    this.mounts = mounts;
  }

  /**
   * One mount.
   *
   * @param point where, as bytes
   * @param type of the file system
   * @param options of the file system, as the kernel writes them
   */
  public record Mount(String point, String type, String options) {}

  /**
   * Reads the table of this process.
   *
   * @return the table; null where there is none: not Linux, or no {@code /proc}
   * @throws ProcFormatException if a line has another form
   * @throws IOException if there is a table that cannot be read
   */
  public static @Nullable MountTable ofThisProcess() throws IOException {
    try {
      return parse(Posix.textOf(FILE));
    } catch (FileNotFoundException e) {
      if (Files.exists(FILE)) {
        throw e; // it is there, and this process may not read it
      }
      return null;
    }
  }

  /**
   * Reads a table.
   *
   * @param mountinfo the content of the file, whose bytes are its characters; empty in a chroot
   *     below which nothing is mounted
   * @return the table
   * @throws ProcFormatException if a line has another form
   */
  public static MountTable parse(String mountinfo) throws ProcFormatException {
    List<Mount> mounts = new ArrayList<>();
    for (String line : mountinfo.split("\n", -1)) {
      if (!line.isEmpty()) {
        Mount mount = mount(line);
        if (mount == null) {
          throw new ProcFormatException(FILE.toString(), "proc_pid_mountinfo(5)", line, null);
        }
        mounts.add(mount);
      }
    }
    return new MountTable(mounts);
  }

  private static @Nullable Mount mount(String line) {
    String[] fields = line.split(" ", -1);
    int separator = FIRST_OPTIONAL;
    while (separator < fields.length && !fields[separator].equals(SEPARATOR)) {
      separator++;
    }
    // The type, where it is mounted from, and its options follow.
    if (separator + 3 >= fields.length || fields[separator + 1].isEmpty()) {
      return null;
    }
    String point = unescape(fields[MOUNT_POINT]);
    String options = String.join(" ", Arrays.asList(fields).subList(separator + 3, fields.length));
    return point != null && point.startsWith("/") && point.indexOf('\0') < 0
        ? new Mount(point, fields[separator + 1], options)
        : null;
  }

  /**
   * The mount that a path lies on.
   *
   * @param realPath a path without symbolic links
   * @return the mount; null if the table has none, as in a chroot
   */
  public @Nullable Mount mountOf(Path realPath) {
    String path = PathBytes.of(realPath);
    Mount best = null;
    for (Mount mount : mounts) {
      // Of two mounts on one point the later one covers the earlier.
      if (isBelow(path, mount.point())
          && (best == null || mount.point().length() >= best.point().length())) {
        best = mount;
      }
    }
    return best;
  }

  private static boolean isBelow(String path, String point) {
    return path.equals(point) || path.startsWith(point.endsWith("/") ? point : point + "/");
  }

  /**
   * Whether something is mounted on a directory.
   *
   * @param point a path whose parent has no links
   * @return true if it is a mount point
   */
  public boolean isMountPoint(Path point) {
    String bytes = PathBytes.of(point);
    return mounts.stream().anyMatch(mount -> mount.point().equals(bytes));
  }

  /**
   * The mount points in a tree.
   *
   * @param tree a path whose parent has no links
   * @return those strictly below it
   */
  public Set<Path> below(Path tree) {
    Set<Path> found = new HashSet<>();
    for (Mount mount : mounts) {
      Path point = PathBytes.path(mount.point());
      if (point.startsWith(tree) && !point.equals(tree)) {
        found.add(point);
      }
    }
    return found;
  }

  /**
   * Undoes the kernel's escapes, which are octal bytes: {@code \040} for a space.
   *
   * @param field a field of the table, or a part of one
   * @return its bytes; null if a backslash stands before something else
   */
  public static @Nullable String unescape(String field) {
    byte[] bytes = new byte[field.length()];
    int length = 0;
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) != '\\') {
        bytes[length++] = (byte) field.charAt(i);
      } else if (isOctal(field, i + 1)) {
        bytes[length++] = (byte) Integer.parseInt(field.substring(i + 1, i + 4), 8);
        i += 3;
      } else {
        return null;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static boolean isOctal(String field, int start) {
    return start + 3 <= field.length()
        && isDigit(field.charAt(start), '3')
        && isDigit(field.charAt(start + 1), '7')
        && isDigit(field.charAt(start + 2), '7');
  }

  private static boolean isDigit(char c, char highest) {
    return c >= '0' && c <= highest;
  }
}
