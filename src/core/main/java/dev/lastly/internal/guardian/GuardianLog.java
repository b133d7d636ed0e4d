package dev.lastly.internal.guardian;

import dev.lastly.internal.posix.Descriptors;
import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;

/**
 * The file to which a guardian's standard output and standard error go. The process appends to it;
 * this class cuts it off, which an appending process does not notice. Immutable.
 */
record GuardianLog(Path file) {
  /** A log longer than this is cut to its last {@link #KEPT_BYTES}. */
  static final long MOST_BYTES = 1L << 20;

  private static final int KEPT_BYTES = 64 << 10;

  private static final int TAIL_BYTES = 4 << 10;
  private static final int TAIL_LINES = 5;

  private static final Set<OpenOption> CHANGING =
      Set.of(
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE,
          LinkOption.NOFOLLOW_LINKS);

  /**
   * Creates the file if there is none, with access for this user only, and cuts it off if it is too
   * long. What is written meanwhile may be lost.
   */
  void bound() throws IOException {
    try (FileChannel log = FileChannel.open(file, CHANGING, Posix.privateFile())) {
      if (log.size() > MOST_BYTES) {
        ByteBuffer end = end(log, KEPT_BYTES);
        log.truncate(0);
        while (end.hasRemaining()) {
          int unused = log.write(end);
        }
      }
    }
  }

  /** The file, opened for a process that is to append to it. */
  record Appending(FileChannel log, Path place) implements AutoCloseable {
    /** For the start of a process, before this is closed. */
    ProcessBuilder.Redirect redirect() {
      return ProcessBuilder.Redirect.appendTo(place.toFile());
    }

    @Override
    public void close() throws IOException {
      log.close();
    }
  }

  /**
   * Opens the file for a process. {@code ProcessBuilder} opens by path and follows a link, which
   * another user may plant at any moment; so the path is that of this descriptor.
   */
  Appending append() throws IOException {
    FileChannel log = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    try {
      return new Appending(log, placeOf(Descriptors.named(file.getFileName().toString())));
    } catch (IOException e) {
      log.close();
      throw e;
    }
  }

  private Path placeOf(Descriptors open) throws IOException {
    for (Path place : open.paths()) {
      if (Files.isSameFile(place, file)) {
        return place;
      }
    }
    throw new IOException(file + " was replaced while it was being opened, or there is no /proc");
  }

  private static ByteBuffer end(FileChannel log, int length) throws IOException {
    ByteBuffer end = ByteBuffer.allocate((int) Math.min(log.size(), length));
    log.position(log.size() - end.capacity());
    while (end.hasRemaining() && log.read(end) >= 0) {
      // until all is read, or the file was cut off meanwhile
    }
    log.position(0);
    return end.flip();
  }

  /** The last lines, for a message; empty if there are none. */
  String tail() throws IOException {
    try (FileChannel log =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      String text = StandardCharsets.UTF_8.decode(end(log, TAIL_BYTES)).toString();
      List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
      return String.join(
          " | ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (NoSuchFileException e) {
      return "";
    }
  }
}
