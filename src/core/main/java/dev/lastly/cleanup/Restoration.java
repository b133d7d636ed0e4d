package dev.lastly.cleanup;

import dev.lastly.internal.posix.Posix;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts a backup in the place of a file. The file is the old one or the backup at every moment, and
 * also after a power cut: what replaces it is synced before, its name after.
 *
 * <p>Across file systems, a copy is made beside the file, under a name of its own that begins with
 * a digest of both paths: the next attempt finds and deletes what a killed one left.
 */
final class Restoration {
  private static final long CHUNK_BYTES = 64L << 20;

  private final Path backup;
  private final Path target;

  Restoration(Path backup, Path target) {
    this.backup = backup;
    this.target = target;
  }

  void run() throws IOException {
    BasicFileAttributes saved = regular(backup);
    BasicFileAttributes present = regular(target);
    if (saved == null) {
      PathRules.requireNoDanglingLink("restore", backup);
      if (present == null) {
        throw new FileNotFoundException(
            "restore cannot put back '"
                + target
                + "': there is neither this file nor its backup '"
                + backup
                + "'; one of them was deleted, or its file system is not mounted");
      }
      return; // an earlier attempt has put it back
    }
    sync(backup);
    try {
      Files.move(backup, target, StandardCopyOption.ATOMIC_MOVE);
      if (present != null && Objects.equals(saved.fileKey(), present.fileKey())) {
        Files.deleteIfExists(backup); // two names of one file: rename(2) does nothing
      }
    } catch (AtomicMoveNotSupportedException otherFileSystem) {
      deleteRemains();
      replaceByCopy();
      Posix.syncNames(parent(target));
      Files.deleteIfExists(backup);
    }
    Posix.syncNames(parent(target));
    Posix.syncNames(parent(backup));
  }

  private static @Nullable BasicFileAttributes regular(Path file) throws IOException {
    try {
      BasicFileAttributes seen =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!seen.isRegularFile()) {
        throw new FileSystemException(
            file.toString(),
            null,
            "is no regular file, which restore neither takes nor replaces; of a symbolic link, give"
                + " the file that it leads to");
      }
      return seen;
    } catch (NoSuchFileException none) {
      return null;
    }
  }

  private static void sync(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      channel.force(true);
    }
  }

  /** Deletes the copies that killed attempts have left. */
  private void deleteRemains() throws IOException {
    try (DirectoryStream<Path> remains =
        Files.newDirectoryStream(parent(target), copyPrefix() + "*")) {
      for (Path copy : remains) {
        Files.deleteIfExists(copy);
      }
    }
  }

  private void replaceByCopy() throws IOException {
    Path copy = parent(target).resolve(copyPrefix() + UUID.randomUUID());
    try {
      try (FileChannel from =
              FileChannel.open(backup, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
          FileChannel to =
              FileChannel.open(
                  copy,
                  Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                  Posix.privateFile())) {
        long copied = 0;
        for (long n = 1; n > 0; copied += n) {
          n = from.transferTo(copied, CHUNK_BYTES, to);
        }
        copyAttributes(copy);
        to.force(true);
      }
      Files.move(copy, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  private void copyAttributes(Path copy) throws IOException {
    PosixFileAttributeView to = view(copy);
    PosixFileAttributeView from = view(backup);
    if (from != null && to != null) {
      PosixFileAttributes kept = from.readAttributes();
      PosixFileAttributes made = to.readAttributes();
      if (!kept.owner().equals(made.owner())) {
        to.setOwner(kept.owner());
      }
      if (!kept.group().equals(made.group())) {
        to.setGroup(kept.group());
      }
      to.setPermissions(kept.permissions());
      to.setTimes(kept.lastModifiedTime(), null, null);
    }
  }

  private static @Nullable PosixFileAttributeView view(Path file) {
    return Files.getFileAttributeView(
        file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
  }

  String copyPrefix() {
    String both = backup + "\0" + target;
    return ".lastly-restore-" + UUID.nameUUIDFromBytes(both.getBytes(StandardCharsets.UTF_8)) + "-";
  }

  private static Path parent(Path file) {
    return Objects.requireNonNull(file.getParent());
  }
}
