package dev.lastly.internal.directory;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.StateDirectoryException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses file systems that several machines, or a machine and its guest, may share: a write-ahead
 * log needs memory that all its processes share, https://www.sqlite.org/wal.html, and a lock that
 * one kernel holds is not always seen by the other.
 */
final class FileSystemCheck {
  private static final Logger log = LoggerFactory.getLogger(FileSystemCheck.class);

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private static final Set<String> NETWORK =
      Set.of(
          "nfs",
          "nfs4",
          "cifs",
          "smb",
          "smb2",
          "smb3",
          "smbfs",
          "9p",
          "virtiofs",
          "ceph",
          "lustre",
          "glusterfs",
          "afs",
          "coda",
          "ncpfs",
          "gfs",
          "gfs2",
          "ocfs2",
          "beegfs",
          "gpfs",
          "orangefs",
          "pvfs2",
          "panfs",
          "vboxsf",
          "prl_fs",
          "webdav",
          "davfs");

  // Anything in user space may be a network underneath; these are known not to be.
  private static final Set<String> LOCAL_FUSE =
      Set.of(
          "fuseblk",
          "fuse.fuse-overlayfs",
          "fuse.mergerfs",
          "fuse.bindfs",
          "fuse.gocryptfs",
          "fuse.encfs",
          "fuse.ntfs-3g",
          "fuse.lxcfs");

  private FileSystemCheck() {}

  static void requireLocal(Path existing) throws IOException {
    String type = typeOf(existing);
    if (isShared(type)) {
      throw new StateDirectoryException(
          "%s lies on a file system of type %s, which several machines may share; SQLite's write-ahead log and the locks of owners work only on a local one (ext4, xfs, btrfs, tmpfs …). Choose a state directory on this node's own disk"
              .formatted(existing, type));
    }
  }

  static boolean isShared(String type) {
    if (type.startsWith("fuse")) {
      return !LOCAL_FUSE.contains(type);
    }
    return NETWORK.contains(type);
  }

  private static String typeOf(Path path) throws IOException {
    try {
      return MountTable.parse(Posix.textOf(MOUNTS)).typeOf(path);
    } catch (FileNotFoundException e) {
      if (Files.exists(MOUNTS)) {
        throw e; // it may not be read, and then nobody can tell
      }
      return typeWithoutTable(path);
    }
  }

  private static String typeWithoutTable(Path path) {
    try {
      return Files.getFileStore(path).type(); // not Linux
    } catch (IOException e) {
      log.warn(
          "/proc is not mounted, so nobody can tell what file system {} lies on; a network file"
              + " system would lose data there",
          path,
          e);
      return "unknown";
    }
  }
}
