package dev.lastly.internal.posix;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Why the operating system refuses to read or write a database. SQLite has one code for several
 * causes, and its driver does not tell the error number. So this class does the same as SQLite did,
 * on a file of its own, and looks at what the system says to that. The JDK does not tell the number
 * either, but the text of it: in another locale a translation. So {@link PlainProbe} asks for the
 * text of the C locale then. Stateless.
 */
public enum StorageFault {
  NO_DESCRIPTORS(
      "Too many open files",
      "No file descriptors available",
      "this process has no file descriptors left (EMFILE): raise its limit (ulimit -n,"
          + " LimitNOFILE=), or find what leaks them (ls -l /proc/PID/fd)"),
  QUOTA(
      "Disk quota exceeded",
      "Quota exceeded",
      "the disk quota is used up (EDQUOT): remove files of this user, or have the quota raised"),
  FILE_SIZE(
      "File too large",
      "File too large",
      "a limit on the size of files holds for this process (EFBIG): raise it (ulimit -f,"
          + " LimitFSIZE=)"),
  NO_SPACE(
      "No space left on device",
      "No space left on device",
      "the file system is full (ENOSPC): free some space and try again"),
  READ_ONLY(
      "Read-only file system",
      "Read-only file system",
      "the file system is read-only (EROFS). If it was writable before, the kernel has found an"
          + " error in it: look in the kernel's log, check the file system and mount it again."
          + " lastly status and the other commands that only look work meanwhile"),
  NO_PERMISSION(
      "Permission denied",
      "Permission denied",
      "this user has no permission (EACCES): give it back (chmod u+rwx DIRECTORY, chmod u+rw FILE),"
          + " or use the workers' user"),
  DEVICE(
      "Input/output error", "I/O error", "the device has failed (EIO): look in the kernel's log");

  private static final Logger log = LoggerFactory.getLogger(StorageFault.class);
  private static final String PROBE = ".probe-";
  private static final ByteBuffer PAGE = ByteBuffer.allocate(4096).asReadOnlyBuffer();

  // In the C locale.
  private final String textOfGlibc;
  private final String textOfMusl;
  private final String advice;

  StorageFault(String textOfGlibc, String textOfMusl, String advice) {
    this.textOfGlibc = textOfGlibc;
    this.textOfMusl = textOfMusl;
    this.advice = advice;
  }

  /** What to do about it. */
  public String advice() {
    return advice;
  }

  /**
   * Tries what a writer does. Leaves nothing behind: the file has no name once it is open. If this
   * process is killed between the two, the next try removes it.
   *
   * @return empty if nothing is refused now
   */
  public static Optional<StorageFault> ofWriting(Path database) {
    Optional<StorageFault> found = ofReading(database);
    if (found.isPresent()) {
      return found;
    }
    if (Files.exists(database) && !Files.isWritable(database)) {
      return Optional.of(readOnly(database) ? READ_ONLY : NO_PERMISSION);
    }
    removeProbes(database.resolveSibling(""));
    Path probe = database.resolveSibling(PROBE + UUID.randomUUID());
    Set<StandardOpenOption> options =
        Set.of(
            StandardOpenOption.WRITE,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.DELETE_ON_CLOSE);
    // At the place of the next page: a limit on the size of files may stand just before it.
    long end = Math.max(size(database), size(Path.of(database + "-wal")));
    try (FileChannel channel = FileChannel.open(probe, options, Posix.privateFile())) {
      int unused = channel.write(PAGE.duplicate(), end);
      return Optional.empty();
    } catch (IOException e) {
      Optional<StorageFault> known = of(e);
      return known.isPresent() ? known : asked(probe, end);
    }
  }

  /** One that is in use needs its name no longer. */
  private static void removeProbes(Path directory) {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(directory, PROBE + "*")) {
      for (Path one : left) {
        boolean unused = Files.deleteIfExists(one);
      }
    } catch (IOException | DirectoryIteratorException e) { // the probe itself will tell
      log.debug("cannot remove old probes from {}", directory, e);
    }
  }

  /** Tries what a reader does, but for reading: no Java code may open the database. */
  public static Optional<StorageFault> ofReading(Path database) {
    if (hasNoDescriptors()) {
      return Optional.of(NO_DESCRIPTORS);
    }
    try {
      Object unused = Files.getLastModifiedTime(database);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      return of(e);
    }
    return Files.isReadable(database) ? Optional.empty() : Optional.of(NO_PERMISSION);
  }

  /**
   * What to do about an error of the system.
   *
   * @return "; " and the advice; empty if the error is none of these
   */
  public static String adviceOn(IOException e) {
    try {
      String file = e instanceof FileSystemException known ? known.getFile() : null;
      return adviceOn(e, file == null ? null : Path.of(file));
    } catch (InvalidPathException unspelled) { // this locale has no such name
      return adviceOn(e, null);
    }
  }

  /**
   * What to do about an error of the system.
   *
   * @param file what was to be written; null if that is not known
   * @return "; " and the advice; empty if the error is none of these
   */
  public static String adviceOn(IOException e, @Nullable Path file) {
    Optional<StorageFault> fault = of(e);
    if (fault.isEmpty() && hasNoDescriptors()) {
      fault = Optional.of(NO_DESCRIPTORS);
    } else if (fault.isEmpty() && file != null) {
      fault = asked(file.resolveSibling(PROBE + UUID.randomUUID()), 0);
    }
    return fault.map(found -> "; " + found.advice).orElse("");
  }

  /** For texts that are of another locale. */
  private static Optional<StorageFault> asked(Path probe, long end) {
    try {
      return PlainProbe.refusal(probe, end).flatMap(StorageFault::of);
    } catch (IOException e) { // there is no dd, or no other process can be started
      log.debug("cannot try in another process to write {}", probe, e);
      return Optional.empty();
    }
  }

  private static Optional<StorageFault> of(IOException e) {
    String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    if (e instanceof AccessDeniedException) {
      return Optional.of(NO_PERMISSION);
    }
    return of(reason == null ? "" : reason);
  }

  private static Optional<StorageFault> of(String reason) {
    return Stream.of(values())
        .filter(fault -> reason.contains(fault.textOfGlibc) || reason.contains(fault.textOfMusl))
        .findFirst();
  }

  private static boolean hasNoDescriptors() {
    return new File("/proc/self").exists() && new File("/proc/self/fd").list() == null;
  }

  private static boolean readOnly(Path database) {
    try {
      return Files.getFileStore(database).isReadOnly();
    } catch (IOException e) {
      return false;
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}
