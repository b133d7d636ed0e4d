package dev.lastly.internal.directory;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is mounted where: the content of {@code /proc/self/mountinfo}, proc_pid_mountinfo(5).
 *
 * <p>Names are compared by their bytes, each written as one character: a mount point need not be a
 * path that this process's encoding can express.
 */
final class MountTable {
  private static final int MOUNT_POINT = 4;
  private static final int FIRST_OPTIONAL = 6;
  private static final String SEPARATOR = "-"; // between optional fields and the type

  private final List<Mount> mounts;
  private final @Nullable String unreadable;

  private MountTable(List<Mount> mounts, @Nullable String unreadable) {
    this.mounts = mounts;
    this.unreadable = unreadable;
  }

  /**
   * One mount.
   *
   * @param point where, as bytes
   * @param type of the file system
   * @param options of the file system, as the kernel writes them
   */
  record Mount(String point, String type, String options) {}

  /** Reads the table, whose bytes are its characters. */
  static MountTable parse(String mountinfo) {
    List<Mount> mounts = new ArrayList<>();
    String unreadable = null;
    for (String line : mountinfo.split("\n", -1)) {
      Mount mount = mount(line);
      if (mount != null) {
        mounts.add(mount);
      } else if (!line.isEmpty() && unreadable == null) {
        unreadable = line;
      }
    }
    return new MountTable(mounts, unreadable);
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
    return point.startsWith("/") ? new Mount(point, fields[separator + 1], options) : null;
  }

  /** The first line of another form, if there is one: nobody can tell what it would hide. */
  @Nullable String unreadable() {
    return unreadable;
  }

  /**
   * The mount that a path lies on; null if the table has none, as in a chroot.
   *
   * @param realPath without symbolic links
   */
  @Nullable Mount mountOf(Path realPath) {
    String path = bytes(realPath);
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

  /** The bytes of a path, of which only its URI tells. */
  private static String bytes(Path path) {
    String uri = path.toAbsolutePath().toUri().getRawPath();
    String name = uri.length() > 1 && uri.endsWith("/") ? uri.substring(0, uri.length() - 1) : uri;
    StringBuilder bytes = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) == '%') {
        bytes.append((char) Integer.parseInt(name.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.append(name.charAt(i));
      }
    }
    return bytes.toString();
  }

  /** Undoes the kernel's escapes, which are octal bytes: {@code \040} for a space. */
  static String unescape(String field) {
    byte[] bytes = new byte[field.length()];
    int length = 0;
    for (int i = 0; i < field.length(); i++) {
      boolean escape = field.charAt(i) == '\\' && isOctal(field, i + 1);
      bytes[length++] =
          escape
              ? (byte) Integer.parseInt(field.substring(i + 1, i + 4), 8)
              : (byte) field.charAt(i);
      i += escape ? 3 : 0;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static boolean isOctal(String field, int start) {
    return start + 3 <= field.length()
        && field.substring(start, start + 3).matches("[0-3][0-7][0-7]");
  }
}
