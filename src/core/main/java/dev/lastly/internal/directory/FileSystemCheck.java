package dev.lastly.internal.directory;

import dev.lastly.internal.proc.MountTable;
import dev.lastly.internal.proc.MountTable.Mount;
import dev.lastly.internal.proc.ProcFormatException;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Accepts only file systems that are known to belong to one kernel. All processes of a write-ahead
 * log must share memory, https://www.sqlite.org/wal.html, and one kernel does not always see the
 * locks of another. A process that only reads needs both, too. Stateless.
 */
final class FileSystemCheck {
  /** The type of a file system that this process cannot determine. */
  static final String UNKNOWN = "unknown";

  private static final Set<String> LOCAL =
      Set.of(
          // Linux, on a block device
          "ext2",
          "ext3",
          "ext4",
          "xfs",
          "btrfs",
          "zfs",
          "f2fs",
          "bcachefs",
          "jfs",
          "reiserfs",
          "nilfs2",
          "vfat",
          "exfat",
          "ntfs3",
          "hfsplus",
          "squashfs",
          "erofs",
          "iso9660",
          "udf",
          "fuseblk",
          // Linux, in memory
          "tmpfs",
          "ramfs",
          "rootfs",
          // containers; the file system below an overlay is checked, too
          "overlay",
          "aufs",
          "fuse.fuse-overlayfs",
          // other systems, as Java names them
          "apfs",
          "hfs",
          "ufs",
          "NTFS",
          "ReFS");

  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs", "rootfs");

  private static final Pattern UPPER = Pattern.compile("(?:^|,)upperdir=([^,]*)");
  private static final int DEEPEST_OVERLAY = 8;

  private final Set<String> allowed;
  private final @Nullable MountTable table;

  private FileSystemCheck(Set<String> allowed, @Nullable MountTable table) {
    this.allowed = allowed;
    this.table = table;
  }

  /**
   * Refuses a path on any other file system.
   *
   * @param existing an existing path without symbolic links
   * @param allowed types that the user has allowed
   */
  static void requireLocal(Path existing, Set<String> allowed) throws IOException {
    MountTable table;
    try {
      table = MountTable.ofThisProcess();
    } catch (ProcFormatException e) {
      if (allowed.contains(UNKNOWN)) {
        return;
      }
      throw new StateDirectoryException(
          "this process cannot tell what file system "
              + existing
              + " lies on: "
              + e.getMessage()
              + advice(UNKNOWN),
          e);
    }
    requireLocal(existing, allowed, table);
  }

  /** The check with any table; without one, Java says what it knows. */
  static void requireLocal(Path existing, Set<String> allowed, @Nullable MountTable table)
      throws IOException {
    new FileSystemCheck(allowed, table).require(existing, existing, 0);
  }

  private void require(Path path, Path asked, int depth) throws IOException {
    Mount mount = table == null ? null : table.mountOf(path);
    String type = mount != null ? mount.type() : table == null ? typeWithoutTable(path) : UNKNOWN;
    if (!LOCAL.contains(type) && !allowed.contains(type)) {
      throw new StateDirectoryException(
          asked
              + " lies on a file system of type "
              + type
              + (path.equals(asked) ? "" : " (" + path + " below an overlay)")
              + ", which is not known to belong to one machine alone"
              + advice(type));
    }
    if (mount != null && type.equals("overlay") && depth < DEEPEST_OVERLAY) {
      Path upper = upper(mount.options());
      // The upper directory is often a path outside of this container, which this process cannot
      // see. That is also so if it seems to lie on the overlay itself.
      if (upper != null && Files.isDirectory(upper) && table != null) {
        Path real = upper.toRealPath();
        if (!mount.equals(table.mountOf(real))) {
          require(real, asked, depth + 1);
        }
      }
    }
  }

  private static @Nullable Path upper(String options) {
    Matcher option = UPPER.matcher(options);
    if (!option.find()) {
      return null;
    }
    String bytes = MountTable.unescape(option.group(1));
    try {
      return bytes != null && bytes.startsWith("/") && bytes.chars().allMatch(c -> c < 0x80)
          ? Path.of(bytes)
          : null;
    } catch (InvalidPathException e) {
      return null; // not a valid path on this system
    }
  }

  /** Whether a path lies on a file system that is gone after a power cut. */
  static boolean isInMemory(Path path) throws IOException {
    try {
      MountTable table = MountTable.ofThisProcess();
      Mount mount = table == null ? null : table.mountOf(path);
      return mount != null && IN_MEMORY.contains(mount.type());
    } catch (ProcFormatException e) {
      return false; // opening told of it, or the user has allowed it
    }
  }

  private static String advice(String type) {
    return ". SQLite's write-ahead log and the locks of owners need a file system that one kernel"
        + " alone works on, with memory maps that its processes share and with fcntl locks."
        + " Choose a state directory on this node's own disk (ext4, xfs, btrfs, tmpfs …). If"
        + " you know that this file system has all of that, call"
        + " Settings.builder().allowFileSystem(\""
        + type
        + "\"), and for the program lastly set LASTLY_ALLOW_FILE_SYSTEMS="
        + type;
  }

  private static String typeWithoutTable(Path path) {
    try {
      return Files.getFileStore(path).type();
    } catch (IOException e) { // Linux without /proc: the JDK reads the same table
      return UNKNOWN;
    }
  }
}
