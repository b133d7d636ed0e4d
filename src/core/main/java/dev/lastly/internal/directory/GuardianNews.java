package dev.lastly.internal.directory;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What last became of the guardian: one line in a file, for people. It outlives the guardian, and
 * tells why there is none. Not synced: after a power cut there is no guardian, whatever it says.
 * Stateless.
 */
public final class GuardianNews {
  private static final Logger log = LoggerFactory.getLogger(GuardianNews.class);

  /** The limit on the line, because another program may have written the file. */
  private static final int MOST_BYTES = 4_096;

  private static final Set<OpenOption> REPLACING =
      Set.of(
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          LinkOption.NOFOLLOW_LINKS);

  private GuardianNews() {}

  /**
   * Replaces the line. A reader sees the old or the new one.
   *
   * @throws IOException if there is no room, or the directory is gone
   */
  public static void write(StateDirectory directory, Instant at, String text) throws IOException {
    Path file = directory.guardianNews();
    Path made = file.resolveSibling(file.getFileName() + ".new");
    String line = at + " " + text.strip().replaceAll("\\s+", " ") + "\n";
    ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    bytes.limit(Math.min(bytes.limit(), MOST_BYTES));
    try (FileChannel out = FileChannel.open(made, REPLACING, Posix.privateFile())) {
      while (bytes.hasRemaining()) {
        int unused = out.write(bytes);
      }
    }
    Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Reads the line.
   *
   * @return time and text; empty if there never was a guardian, or this user may not read the file
   */
  public static Optional<String> read(StateDirectory directory) {
    Path file = directory.guardianNews();
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try (FileChannel in =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      ByteBuffer bytes = ByteBuffer.allocate(MOST_BYTES);
      int length = Math.max(0, in.read(bytes));
      String text = new String(bytes.array(), 0, length, StandardCharsets.UTF_8).strip();
      return text.isEmpty() ? Optional.empty() : Optional.of(text);
    } catch (IOException e) {
      log.debug("cannot read {}", file, e);
      return Optional.empty();
    }
  }
}
