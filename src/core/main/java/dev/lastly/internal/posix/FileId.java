package dev.lastly.internal.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a file, whatever its name, inode(7). While a process has the file open, no other
 * file gets the same identity. On systems without POSIX all files have one identity.
 *
 * @param device the number of its file system
 * @param inode its number there
 */
public record FileId(long device, long inode) {
  private static final FileId NONE = new FileId(0, 0);

  /**
   * The identity of the file that a path leads to. Opens no descriptor.
   *
   * @param path an existing file
   * @return its identity
   * @throws IOException if it does not exist, or this user may not see it
   */
  public static FileId of(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return NONE;
    }
    Map<String, Object> found = Files.readAttributes(path, "unix:dev,ino");
    return new FileId(number(found.get("dev")), number(found.get("ino")));
  }

  private static long number(@Nullable Object attribute) {
    return (Long) Objects.requireNonNull(attribute);
  }

  /**
   * Like {@link #of}, for a file that may not exist.
   *
   * @param path a path
   * @return its identity, or null if there is no such file
   * @throws IOException if this user may not see it
   */
  public static @Nullable FileId ifThere(Path path) throws IOException {
    try {
      return Files.exists(path) ? of(path) : null;
    } catch (NoSuchFileException e) {
      return null; // deleted between the two calls
    }
  }
}
