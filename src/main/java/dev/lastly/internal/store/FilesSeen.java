package dev.lastly.internal.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What shows that frames of a log were moved into the database, or that the log was begun anew, if
 * two looks differ. It is no matter if the log has grown.
 *
 * @param database the database itself
 * @param journal what a change of the journal mode may have left, or null
 * @param logHeader the first bytes of the log, with salts that differ each time it is begun; empty
 *     if there is nothing in it
 */
record FilesSeen(Seen database, @Nullable Seen journal, String logHeader) {
  /** https://www.sqlite.org/walformat.html section 2.1. */
  private static final int LOG_HEADER_BYTES = 32;

  /** File times are as fine as the kernel's tick: two changes within one look like one. */
  private static final Duration TICKS = Duration.ofMillis(50);

  /** A file's attributes. Its times are the kernel's. */
  private record Seen(@Nullable Object file, long bytes, Instant changed) {}

  static FilesSeen of(Path database) throws IOException {
    Seen main = look(database);
    if (main == null) {
      throw new NoSuchFileException(database.toString());
    }
    return new FilesSeen(
        main, look(Path.of(database + "-journal")), header(Path.of(database + "-wal")));
  }

  private static @Nullable Seen look(Path file) throws IOException {
    try {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return new Seen(found.fileKey(), found.size(), found.lastModifiedTime().toInstant());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private static String header(Path wal) throws IOException {
    try (InputStream in = Files.newInputStream(wal)) {
      return HexFormat.of().formatHex(in.readNBytes(LOG_HEADER_BYTES));
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /**
   * Whether the database was last changed so long before a moment, or after it by a clock that was
   * set back, that a change from then on must show.
   */
  boolean isOlderThan(Instant moment) {
    return Duration.between(database.changed(), moment).abs().compareTo(TICKS) > 0;
  }
}
