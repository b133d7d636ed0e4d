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
 * Accepts file systems that are known to belong to one kernel, and no others: a write-ahead log
 * needs memory that all its processes share, https://www.sqlite.org/wal.html, and a lock that one
 * kernel holds is not always seen by the other. Who only reads needs both, too.
 */
final class FileSystemCheck {
  /** What a file system is called that nobody can tell anything of. */
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
          // containers; what lies below an overlay is looked at, too
          "overlay",
          "aufs",
          "fuse.fuse-overlayfs",
          // other systems, as Java names them
          "apfs",
          "hfs",
          "ufs",
          "NTFS",
          "ReFS");

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
   * @param existing without symbolic links
   * @param allowed types that somebody vouches for
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
          "nobody can tell what file system "
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
      // Often it is a path outside of this container, which cannot be looked at; and an overlay
      // whose upper directory seems to lie on the overlay itself is just that.
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
      return null; // no path of this system
    }
  }

  private static String advice(String type) {
    return ". SQLite's write-ahead log and the locks of owners need a file system that one kernel"
        + " alone works on, with memory maps that its processes share and with fcntl locks. Choose"
        + " a state directory on this node's own disk (ext4, xfs, btrfs, tmpfs …). If you know that"
        + " all of that is true here, say Settings.builder().allowFileSystem(\""
        + type
        + "\"), and for the program lastly set LASTLY_ALLOW_FILE_SYSTEMS="
        + type;
  }

  private static String typeWithoutTable(Path path) {
    try {
      return Files.getFileStore(path).type();
    } catch (IOException e) { // Linux without /proc: the JDK asks the same table
      return UNKNOWN;
    }
  }
}
