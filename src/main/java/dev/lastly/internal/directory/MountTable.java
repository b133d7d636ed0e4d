package dev.lastly.internal.directory;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is mounted where: the content of {@code /proc/self/mountinfo}, proc_pid_mountinfo(5). */
final class MountTable {
  static final String UNKNOWN = "unknown";

  private static final int MOUNT_POINT = 4;
  private static final String SEPARATOR = " - "; // between optional fields and the type

  private final List<Mount> mounts;

  private MountTable(List<Mount> mounts) {
    this.mounts = mounts;
  }

  private record Mount(String point, String type) {}

  /** Reads the table; a line of another form is passed over, because it can hide nothing. */
  static MountTable parse(String mountinfo) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : mountinfo.split("\n", -1)) {
      int separator = line.indexOf(SEPARATOR);
      String[] fields = line.split(" ", -1);
      if (separator >= 0 && fields.length > MOUNT_POINT) {
        String type = line.substring(separator + SEPARATOR.length()).split(" ", 2)[0];
        mounts.add(new Mount(unescape(fields[MOUNT_POINT]), type));
      }
    }
    return new MountTable(mounts);
  }

  /** The type of the file system that a path without symbolic links lies on. */
  String typeOf(Path realPath) {
    Mount best = new Mount("", UNKNOWN);
    for (Mount mount : mounts) {
      // Of two mounts on one point the later one covers the earlier.
      if (mount.point().length() >= best.point().length()
          && isBelow(realPath.toString(), mount.point())) {
        best = mount;
      }
    }
    return best.type();
  }

  // By text: a mount point need not be a path that this JVM's encoding can express.
  private static boolean isBelow(String path, String point) {
    return path.equals(point) || path.startsWith(point.endsWith("/") ? point : point + "/");
  }

  /** Undoes the kernel's escapes, which are octal bytes: {@code \040} for a space. */
  private static String unescape(String field) {
    byte[] bytes = new byte[field.length()];
    int length = 0;
    for (int i = 0; i < field.length(); i++) {
      boolean escape =
          field.charAt(i) == '\\' && field.substring(i + 1).matches("(?s)[0-3][0-7][0-7].*");
      bytes[length++] =
          escape
              ? (byte) Integer.parseInt(field.substring(i + 1, i + 4), 8)
              : (byte) field.charAt(i);
      i += escape ? 3 : 0;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }
}
