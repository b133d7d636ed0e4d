package dev.lastly.cleanup;

import dev.lastly.model.Precondition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * Gives up locks that are files, for {@code job.defer(Locks::release, lockFile, ourContent)}.
 * Stateless and thread-safe.
 */
public final class Locks {
  /** The longest accepted content, in bytes of UTF-8. */
  public static final int MAX_CONTENT_BYTES = 64 << 10;

  private Locks() {}

  /**
   * Deletes a lock file, if its content is still ours. Succeeds if there is no such file, and if it
   * has another content: then another holder has it by now, and it remains. The deletion is not
   * synced.
   *
   * <p>The content must name one holder and no later one: a random id, not a pid alone. One line
   * feed after it is ignored. Write it in one step (to another name, then link(2) or rename(2)): a
   * file that is empty because its creator died before it wrote is not ours, and remains.
   *
   * <p><b>Remaining race.</b> POSIX has no call that deletes a file only if it is a certain one.
   * This keeps the file open, so that no other gets its inode number, compares the content, and
   * checks that the name still leads to that file; unlink(2) follows at once. Between these two, in
   * some microseconds, another process that breaks the lock can put its own file there, which this
   * then deletes. Nothing breaks a lock whose holder keeps the rules.
   *
   * <p>The kernel's locks are another thing: if this process holds one on the file by fcntl(2), as
   * {@link FileChannel#lock} does, it loses it, because this closes the file.
   *
   * @param file an absolute path without {@code .} and {@code ..}
   * @param content what the holder wrote into it, not empty
   * @throws IllegalArgumentException if the path is null, empty, relative, not normalised, a root
   *     or not of the default file system, or if the content is null, empty or longer than {@link
   *     #MAX_CONTENT_BYTES}
   * @throws IOException if it is no regular file (a symbolic link is not followed), cannot be read
   *     or deleted, is replaced during the call, or if a symbolic link on the way leads nowhere
   */
  @Precondition("requireReleasable")
  public static void release(Path file, String content) throws IOException {
    requireReleasable(file, content);
    try {
      BasicFileAttributes before = attributes(file);
      if (!before.isRegularFile()) {
        throw new FileSystemException(
            file.toString(), null, "is no regular file, and so no lock that release could delete");
      }
      try (FileChannel open =
          FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
        if (isOurs(open, content.getBytes(StandardCharsets.UTF_8))) {
          if (!Objects.equals(before.fileKey(), attributes(file).fileKey())) {
            throw new FileSystemException(
                file.toString(), null, "was replaced while release looked at it; look again");
          }
          Files.deleteIfExists(file);
        }
      }
    } catch (NoSuchFileException gone) {
      PathRules.requireNoDanglingLink("release", file);
    }
  }

  static void requireReleasable(Path file, String content) {
    PathRules.requireAbsolute("release", file);
    if (content == null || content.isEmpty()) {
      throw PathRules.refusal(
          "release", file, "is to be deleted whatever its content; give the content that is ours");
    }
    if (content.getBytes(StandardCharsets.UTF_8).length > MAX_CONTENT_BYTES) {
      throw PathRules.refusal(
          "release", file, "has a content of more than " + MAX_CONTENT_BYTES + " bytes");
    }
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static boolean isOurs(FileChannel file, byte[] content) throws IOException {
    ByteBuffer found = ByteBuffer.allocate(content.length + 2);
    int n = 0;
    while (n >= 0 && found.hasRemaining()) {
      n = file.read(found);
    }
    int length = found.flip().remaining();
    boolean lineFeed = length == content.length + 1 && found.get(content.length) == '\n';
    return (length == content.length || lineFeed)
        && found.limit(content.length).equals(ByteBuffer.wrap(content));
  }
}
