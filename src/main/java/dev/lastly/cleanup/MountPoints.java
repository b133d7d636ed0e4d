package dev.lastly.cleanup;

import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is mounted below a directory, and on which device an open directory is. */
final class MountPoints {
  private static final Path MOUNT_INFO = Path.of("/proc/self/mountinfo");
  private static final int MOUNT_POINT_FIELD = 4;
  private static final Pattern FILE_KEY = Pattern.compile("\\(dev=([0-9a-f]+),ino=\\d+\\)");

  private MountPoints() {}

  /**
   * Reads field 5 of each line of {@code /proc/self/mountinfo}, proc(5).
   *
   * @param tree a path whose parent has no links
   * @return the mount points strictly below it; none where there is no such file
   */
  static Set<Path> below(Path tree) throws IOException {
    Set<Path> found = new HashSet<>();
    if (!Files.exists(MOUNT_INFO)) {
      return found; // not Linux: the device numbers have to do
    }
    for (String line : lines()) {
      Path mount = path(line.split(" ", -1)[MOUNT_POINT_FIELD]);
      if (mount.startsWith(tree) && !mount.equals(tree)) {
        found.add(mount);
      }
    }
    return found;
  }

  /** Latin-1 keeps every byte of a name; a stream, for a channel fails when interrupted. */
  private static List<String> lines() throws IOException {
    try (InputStream input = new FileInputStream(MOUNT_INFO.toFile())) {
      return List.of(new String(input.readAllBytes(), StandardCharsets.ISO_8859_1).split("\n", 0));
    }
  }

  /** Undoes the kernel's octal escapes. Made from a URI, a path has exactly these bytes. */
  static Path path(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < field.length(); i++) {
      if (field.charAt(i) == '\\') {
        bytes.write(Integer.parseInt(field.substring(i + 1, i + 4), 8));
        i += 3;
      } else {
        bytes.write(field.charAt(i));
      }
    }
    StringBuilder uri = new StringBuilder("file://");
    for (byte b : bytes.toByteArray()) {
      uri.append(b == '/' ? "/" : "%%%02X".formatted(b));
    }
    return Path.of(URI.create(uri.toString()));
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
