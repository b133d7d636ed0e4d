package dev.lastly.internal.sqlite;

import dev.lastly.internal.posix.Posix;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A file out of a jar, kept on disk. Code is loaded from it, so a directory that anybody else can
 * write is passed over, and a file with any other content is replaced.
 */
final class BundledFile {
  private final URL bundled;
  private @Nullable Content content; // read when it is first needed

  BundledFile(URL bundled) {
    this.bundled = bundled;
  }

  /** What tells a whole copy from a damaged one; of the jar's own index, so it costs nothing. */
  private record Content(long length, long checksum) {}

  /**
   * Makes sure that a file has that content.
   *
   * @param file in a directory that is created if need be
   * @throws IOException if it cannot be made, or could be another's
   */
  void provide(Path file) throws IOException {
    Path directory = file.resolveSibling("");
    Posix.createPrivateDirectories(directory);
    Optional<String> open = Posix.openToOthers(directory.toRealPath());
    if (open.isPresent()) {
      throw new IOException("others could plant code there: " + open.get());
    }
    if (isComplete(file)) {
      return;
    }
    Path guardFile = directory.resolve("extract.lock");
    try (FileChannel guard =
            FileChannel.open(guardFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = lock(guard)) {
      if (!isComplete(file)) {
        extract(file);
      }
    }
  }

  private static FileLock lock(FileChannel guard) throws IOException {
    while (true) {
      try {
        return guard.lock();
      } catch (OverlappingFileLockException e) {
        // The same library in another class loader of this JVM is at it, for some milliseconds.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    }
  }

  private void extract(Path file) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try {
      Files.write(partial, read());
      try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
        channel.force(true); // a power cut after the rename must not leave an empty library behind
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial); // on a full disk every byte counts
    }
  }

  private boolean isComplete(Path file) throws IOException {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == content().length()
        && checksum(Files.readAllBytes(file)) == content().checksum();
  }

  private Content content() throws IOException {
    Content known = content;
    if (known == null) {
      URLConnection connection = bundled.openConnection();
      JarEntry entry = connection instanceof JarURLConnection jar ? jar.getJarEntry() : null;
      if (entry == null || entry.getCrc() < 0 || entry.getSize() < 0) {
        byte[] bytes = read();
        known = new Content(bytes.length, checksum(bytes));
      } else {
        known = new Content(entry.getSize(), entry.getCrc());
      }
      content = known;
    }
    return known;
  }

  private static long checksum(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return crc.getValue();
  }

  private byte[] read() throws IOException {
    try (InputStream in = bundled.openStream()) {
      return in.readAllBytes();
    }
  }
}
