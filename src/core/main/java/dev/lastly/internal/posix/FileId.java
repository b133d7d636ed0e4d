package dev.lastly.internal.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which file it is, whatever its name, inode(7). As long as a process has the file open no other
 * one gets the same. On systems without POSIX all files are the same one.
 *
 * @param device the number of its file system
 * @param inode its number there
 */
public record FileId(long device, long inode) {
  private static final FileId NONE = new FileId(0, 0);

  /**
   * What a path leads to. No descriptor of it is opened.
   *
   * @param path an existing file
   * @return its identity
   * @throws IOException if it is not there, or out of sight
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
   * The same for a file that may be absent.
   *
   * @param path a path
   * @return its identity, or null if it leads nowhere
   * @throws IOException if it is out of sight
   */
  public static @Nullable FileId ifThere(Path path) throws IOException {
    try {
      return Files.exists(path) ? of(path) : null;
    } catch (NoSuchFileException e) {
      return null; // it went between the two looks
    }
  }
}
