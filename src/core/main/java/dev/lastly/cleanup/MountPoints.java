package dev.lastly.cleanup;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the mount points below a directory, and the device of an open directory. Stateless. */
final class MountPoints {
  private static final Path MOUNT_INFO = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT_FIELD = 4;
  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-3][0-7][0-7])");
  private static final Pattern FILE_KEY = Pattern.compile("\\(dev=([0-9a-f]+),ino=\\d+\\)");

  private MountPoints() {}

  /**
   * Reads field 5 of each line of {@code /proc/self/mountinfo}, proc(5).
   *
   * @param tree a path whose parent has no symbolic links
   * @return the mount points strictly below it; none if {@code /proc/self/mountinfo} does not exist
   */
  static Set<Path> below(Path tree) throws IOException {
    // Without this file, only device numbers tell file systems apart.
    return Files.exists(MOUNT_INFO) ? below(tree, text()) : Set.of();
  }

  static Set<Path> below(Path tree, String mountinfo) throws IOException {
    Set<Path> found = new HashSet<>();
    for (String line : mountinfo.split("\n", 0)) {
      if (!line.isEmpty()) { // the table is empty in a chroot without mounts below it
        Path mount = mountPoint(line);
        if (mount.startsWith(tree) && !mount.equals(tree)) {
          found.add(mount);
        }
      }
    }
    return found;
  }

  private static Path mountPoint(String line) throws IOException {
    String[] fields = line.split(" ", -1);
    try {
      if (fields.length > MOUNT_POINT_FIELD) {
        return path(fields[MOUNT_POINT_FIELD]);
      }
    } catch (IllegalArgumentException e) {
      throw unexpected(line, e);
    }
    throw unexpected(line, null);
  }

  /** An unknown line may hide a mount point, so the deletion does not start. */
  private static IOException unexpected(String line, @Nullable IllegalArgumentException cause) {
    return new IOException(
        "nothing was deleted: "
            + MOUNT_INFO
            + " has a line that proc(5) does not describe: "
            + line,
        cause);
  }

  /**
   * The table as Latin-1, which keeps every byte of a name. Uses a stream, because a channel fails
   * in an interrupted thread.
   */
  private static String text() throws IOException {
    try (InputStream input = new FileInputStream(MOUNT_INFO.toFile())) {
      return new String(input.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Decodes the kernel's octal escapes. Throws IllegalArgumentException if the path is not
   * absolute.
   */
  static Path path(String field) {
    StringBuilder bytes = new StringBuilder();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\') {
        bytes.append((char) escaped(field, i));
        i += 3;
      } else {
        bytes.append(field.charAt(i));
      }
    }
    return RawPath.of(bytes.toString());
  }

  private static int escaped(String field, int backslash) {
    Matcher escape = ESCAPE.matcher(field).region(backslash, field.length());
    if (!escape.lookingAt()) {
      throw new IllegalArgumentException("a backslash without three octal digits: " + field);
    }
    return Integer.parseInt(escape.group(1), 8);
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
