package dev.lastly.internal.posix;

import com.sun.security.auth.module.UnixSystem;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * POSIX functions that more than one package needs. On other systems each has a harmless result.
 * Thread-safe.
 */
public final class Posix {
  /** The result of {@link #uid()} if there is no user id. */
  public static final long NO_UID = -1;

  /** The bits for writing by the group and by others in a file's mode, inode(7). */
  private static final int WRITABLE_BY_OTHERS = 022;

  /** The bit of a directory in which others cannot rename what is not theirs, inode(7). */
  private static final int STICKY = 01000;

  private static final long ROOT = 0;

  private static final boolean AVAILABLE =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  private static final OwnStatus SELF = readStatus();

  private Posix() {}

  /**
   * The real user id of this process, getuid(2).
   *
   * @return the id, or {@link #NO_UID} if it cannot be read
   */
  public static long uid() {
    return SELF.uid();
  }

  /**
   * The pid of this process in its own pid namespace, getpid(2).
   *
   * @return the pid
   */
  public static long pid() {
    return SELF.pid();
  }

  /**
   * The content of a small file, such as those of {@code /proc}. Does not use a channel, which
   * fails in an interrupted thread. Maps each byte to one character, because such files are not
   * always valid UTF-8.
   *
   * @param file an existing file
   * @return its bytes as characters
   * @throws IOException if it cannot be read
   */
  public static String textOf(Path file) throws IOException {
    try (InputStream in = new FileInputStream(file.toString())) {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Creates a directory and its missing parents, with access for this user only.
   *
   * @param directory the directory; if it exists, this does not change it
   * @throws IOException if it does not exist and cannot be created
   */
  public static void createPrivateDirectories(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, AVAILABLE ? attributes("rwx------") : attributes());
    }
  }

  /**
   * Syncs a directory, fsync(2), so that the names in it survive a power cut: a synced file is lost
   * if its name is lost. Does nothing on systems without POSIX.
   *
   * @param directory an existing directory that this user may read
   * @throws IOException if the device or the file system cannot sync it
   */
  public static void syncNames(Path directory) throws IOException {
    if (AVAILABLE) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /**
   * Whether two files are on the same file system.
   *
   * @param one an existing file
   * @param other an existing file
   * @return false if they are not, or if this system does not tell
   * @throws IOException if their attributes cannot be read
   */
  public static boolean sameDevice(Path one, Path other) throws IOException {
    return AVAILABLE
        && Files.getAttribute(one, "unix:dev").equals(Files.getAttribute(other, "unix:dev"));
  }

  /**
   * The attributes for creating a file that only this user may read and write.
   *
   * @return attributes for {@code Files} and {@code FileChannel}
   */
  public static FileAttribute<?>[] privateFile() {
    return AVAILABLE ? attributes("rw-------") : attributes();
  }

  /**
   * The attributes for creating a directory that only this user may enter.
   *
   * @return attributes for {@code Files.createDirectory}
   */
  public static FileAttribute<?>[] privateDirectory() {
    return AVAILABLE ? attributes("rwx------") : attributes();
  }

  /**
   * Removes all permissions of other users on a file.
   *
   * @param file an existing file; this opens no descriptor
   * @throws IOException if the permissions cannot be changed
   */
  public static void makePrivate(Path file) throws IOException {
    if (AVAILABLE) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  /**
   * Why another user can write a file or directory. Does not follow symbolic links.
   *
   * @param path an existing file or directory
   * @return the reason in words; empty if only this user and root can write it
   * @throws IOException if its attributes cannot be read
   */
  public static Optional<String> openToOthers(Path path) throws IOException {
    if (!AVAILABLE) {
      return Optional.empty();
    }
    long owner = attribute(path, "unix:uid");
    if (uid() != NO_UID && owner != uid()) {
      return Optional.of("it belongs to user id " + owner + ", this process runs as " + uid());
    }
    if ((attribute(path, "unix:mode") & WRITABLE_BY_OTHERS) != 0) {
      return Optional.of(
          "its permissions "
              + PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS))
              + " let other users write it");
    }
    return Optional.empty();
  }

  /**
   * Why another user can put something else in the place of a directory's entry, as sshd(8) asks
   * with {@code StrictModes}. Root can anyway. In a directory with the sticky bit, only the owner
   * of an entry, or of the directory, can rename or remove it.
   *
   * @param directory an existing directory above the entry
   * @return the reason in words; empty if only this user and root can
   * @throws IOException if its attributes cannot be read
   */
  static Optional<String> entriesOpenToOthers(Path directory) throws IOException {
    if (!AVAILABLE) {
      return Optional.empty();
    }
    long owner = attribute(directory, "unix:uid");
    if (uid() != NO_UID && owner != uid() && owner != ROOT) {
      return Optional.of("it belongs to user id " + owner + ", this process runs as " + uid());
    }
    int mode = attribute(directory, "unix:mode");
    return (mode & WRITABLE_BY_OTHERS) == 0 || (mode & STICKY) != 0
        ? Optional.empty()
        : Optional.of(
            "its permissions "
                + PosixFilePermissions.toString(
                    Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS))
                + " let other users rename and remove what is in it");
  }

  /**
   * A directory in which another user can replace an entry.
   *
   * @param directory the directory
   * @param why the reason in words, see {@link #entriesOpenToOthers}
   */
  public record OpenPlace(Path directory, String why) {}

  /**
   * The nearest directory, of those that lead to a file, in which another user can replace the next
   * one. Such a user can put another file in its place at any moment.
   *
   * @param directory an existing directory, the first to be looked at
   * @return empty if only this user and root can
   * @throws IOException if the attributes of one cannot be read
   */
  public static Optional<OpenPlace> openPlace(Path directory) throws IOException {
    for (Path above = directory.toRealPath(); above != null; above = above.getParent()) {
      Optional<String> open = entriesOpenToOthers(above);
      if (open.isPresent()) {
        return Optional.of(new OpenPlace(above, open.get()));
      }
    }
    return Optional.empty();
  }

  private static int attribute(Path path, String name) throws IOException {
    return (Integer) Files.getAttribute(path, name, LinkOption.NOFOLLOW_LINKS);
  }

  private static FileAttribute<?>[] attributes(String permissions) {
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
    };
  }

  private static FileAttribute<?>[] attributes() {
    return new FileAttribute<?>[0];
  }

  private static OwnStatus readStatus() {
    try {
      return OwnStatus.read();
    } catch (IOException e) { // not Linux, or no /proc
      return new OwnStatus(ProcessHandle.current().pid(), AVAILABLE ? readUid() : NO_UID);
    }
  }

  private static long readUid() {
    try {
      return new UnixSystem().getUid();
    } catch (LinkageError e) {
      return NO_UID; // a run-time image without the module jdk.security.auth
    }
  }
}
