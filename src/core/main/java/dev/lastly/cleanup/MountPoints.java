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

/** What is mounted below a directory, and on which device an open directory is. */
final class MountPoints {
  private static final Path MOUNT_INFO = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT_FIELD = 4;
  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-3][0-7][0-7])");
  private static final Pattern FILE_KEY = Pattern.compile("\\(dev=([0-9a-f]+),ino=\\d+\\)");

  private MountPoints() {}

  /**
   * Reads field 5 of each line of {@code /proc/self/mountinfo}, proc(5).
   *
   * @param tree a path whose parent has no links
   * @return the mount points strictly below it; none where there is no such file
   */
  static Set<Path> below(Path tree) throws IOException {
    // Where there is no such file, the device numbers have to do.
    return Files.exists(MOUNT_INFO) ? below(tree, text()) : Set.of();
  }

  static Set<Path> below(Path tree, String mountinfo) throws IOException {
    Set<Path> found = new HashSet<>();
    for (String line : mountinfo.split("\n", 0)) {
      if (!line.isEmpty()) { // no line at all in a chroot below which nothing is mounted
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

  /** What cannot be read may be a mount point: better to delete nothing than to cross it. */
  private static IOException unexpected(String line, @Nullable IllegalArgumentException cause) {
    return new IOException(
        "nothing was deleted: "
            + MOUNT_INFO
            + " has a line that proc(5) does not describe: "
            + line,
        cause);
  }

  /** Latin-1 keeps every byte of a name; a stream, for a channel fails when interrupted. */
  private static String text() throws IOException {
    try (InputStream input = new FileInputStream(MOUNT_INFO.toFile())) {
      return new String(input.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /** Undoes the kernel's octal escapes; IllegalArgumentException if it is no absolute path. */
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
   * The device in a file key. The {@code unix:dev} attribute has it too, but can only be read by
   * path, and a path can be swapped; the key comes from the open descriptor.
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
