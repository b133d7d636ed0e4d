package dev.lastly.cleanup;

import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Deletes, empties and restores files, and deletes directory trees, for {@code
 * job.defer(Cleanup::deleteTree, scratch)}.
 *
 * <p>All methods may run long after the call was registered, and in another process. So they take
 * absolute paths only, and no path with {@code .} or {@code ..}: its target depends on symbolic
 * links, which may have changed. All are idempotent, stateless and thread-safe, even for the same
 * path.
 */
public final class Cleanup {
  private Cleanup() {}

  /**
   * Deletes one file, or one symbolic link but never its target. Succeeds if there is no file of
   * that name, or no such parent directory. The deletion is not synced.
   *
   * <p>Between the check of the path and the deletion, another process may put an empty directory
   * in its place, which this then deletes. It never deletes any other name.
   *
   * @param file an absolute path without {@code .} and {@code ..}
   * @throws IllegalArgumentException if the path is null, empty, relative, not normalised, a root
   *     or not of the default file system
   * @throws IOException if it is a directory, cannot be examined or deleted, or if a symbolic link
   *     on the way leads nowhere: the file system behind the link may only be unmounted
   */
  @Precondition("requireFile")
  public static void deleteFile(Path file) throws IOException {
    requireFile(file);
    try {
      if (Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isDirectory()) {
        throw new FileSystemException(
            file.toString(),
            null,
            "is a directory, which deleteFile does not delete; use deleteTree");
      }
      Files.deleteIfExists(file);
    } catch (NoSuchFileException gone) {
      PathRules.requireNoDanglingLink("deleteFile", file);
    }
  }

  static void requireFile(Path file) {
    PathRules.requireAbsolute("deleteFile", file);
  }

  /**
   * Empties a file: its size is 0 afterwards. The file remains, with its owner and permissions, and
   * so do the processes that have it open. Succeeds if there is no file of that name, or no such
   * parent directory. The new size is not synced.
   *
   * <p>A file has one content under all its names: what is a hard link to it is emptied, too. A
   * process that writes at its own position, and not at the end ({@code O_APPEND}), makes the file
   * as long as before, with a hole at the start.
   *
   * @param file an absolute path without {@code .} and {@code ..}
   * @throws IllegalArgumentException as {@link #deleteFile}
   * @throws IOException if it is no regular file (a symbolic link is not followed), cannot be
   *     examined or written, or if a symbolic link on the way leads nowhere
   */
  @Precondition("requireTruncatable")
  public static void truncate(Path file) throws IOException {
    requireTruncatable(file);
    try {
      if (!Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isRegularFile()) {
        throw new FileSystemException(
            file.toString(),
            null,
            "is no regular file, which truncate does not empty; of a symbolic link, give the file"
                + " that it leads to");
      }
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
        FileChannel unused = channel.truncate(0);
      }
    } catch (NoSuchFileException gone) {
      PathRules.requireNoDanglingLink("truncate", file);
    }
  }

  static void requireTruncatable(Path file) {
    PathRules.requireAbsolute("truncate", file);
  }

  /**
   * Puts a backup back: the target becomes what the backup is, with its owner and permissions, and
   * the backup is gone. A reader of the target sees the old file or the backup, never a part.
   * Synced: after a power cut it is the one or the other.
   *
   * <p>On one file system this renames the backup, rename(2). Otherwise it makes a copy beside the
   * target, syncs and renames it, and then deletes the backup; of the attributes, the copy has
   * owner, group, permissions and the time of the last modification.
   *
   * <p><b>No backup</b> means that an earlier attempt has put it back, if the target is there. So
   * register this first, and give the backup its name when it is complete: copy to another name,
   * sync, rename. What has the name is put back, even an incomplete copy.
   *
   * @param backup an absolute path without {@code .} and {@code ..}
   * @param target an absolute path without {@code .} and {@code ..}; need not exist
   * @throws IllegalArgumentException if a path is refused as by {@link #deleteFile}, or both are
   *     the same
   * @throws IOException if neither exists; if one is no regular file (symbolic links are not
   *     followed); if the backup cannot be read, or the target's directory not be written; or if a
   *     symbolic link on the way to the backup leads nowhere. The target is unchanged then, unless
   *     only the deletion of the backup or the last sync has failed
   */
  @Precondition("requireRestorable")
  public static void restore(Path backup, Path target) throws IOException {
    requireRestorable(backup, target);
    new Restoration(backup, target).run();
  }

  static void requireRestorable(Path backup, Path target) {
    PathRules.requireAbsolute("restore", backup);
    PathRules.requireAbsolute("restore", target);
    if (backup.equals(target)) {
      throw PathRules.refusal("restore", backup, "is both the backup and the target");
    }
  }

  /**
   * Deletes a directory with everything below it, or a file, or a symbolic link itself. Succeeds if
   * there is no such entry. If an entry cannot be deleted, this deletes all others and then throws
   * one exception that tells what remains and why.
   *
   * <p><b>Symbolic links are never followed</b>, not even when another process replaces a directory
   * by a link during the call: every step is relative to an open directory (openat(2) with {@code
   * O_NOFOLLOW}, unlinkat(2)), and this compares the opened directory with the one that it saw
   * before. Without a {@link java.nio.file.SecureDirectoryStream}, which Java has on Linux, this
   * cannot be promised, and the call fails with an {@code IOException}. Links on the way to the
   * tree (its parents) are followed.
   *
   * <p><b>Other file systems are not entered.</b> This leaves and reports a directory with another
   * device number than the tree, and a directory that {@code /proc/self/mountinfo}, proc(5), named
   * as a mount point when the call began, which includes bind mounts on the same device. Btrfs
   * subvolumes count as other file systems. A bind mount of the same device that is made below the
   * tree <em>during</em> the call is not noticed. If the tree itself is a mount point, this empties
   * it, and leaves and reports the mount point.
   *
   * <p><b>Refused</b>: fewer than two elements ({@code /}, {@code /tmp}, also after its parent's
   * links are resolved). <b>Left to another process</b>: the home directory of this process's user,
   * the working directory of this process, and every directory above either, recognised by identity
   * and not only by name.
   *
   * <p><b>"Does not exist" means: not for this process.</b> A path through a dangling symbolic
   * link, or through a directory that this user may not search, is an error. But a missing parent
   * or an empty mount point looks the same whether the tree was deleted or its file system is not
   * mounted (yet, or in this container): this counts as success. Run reapers where the file systems
   * of the workers are mounted.
   *
   * <p>This adds missing owner permissions to directories of this user. It also deletes entries
   * that appear during the call: it reads a directory that is not empty again, up to {@value
   * TreeDeletion#MAX_ROUNDS} times. Neither stack nor descriptors limit the depth: at most {@value
   * TreeDeletion#MAX_OPEN} levels are open at a time, with two descriptors each, and it opens
   * higher levels again through {@code ..} and checks that they are the same. Names need not be
   * valid in any encoding. The parent directory must be readable.
   *
   * <p>Remaining races: if another process replaces a directory by a FIFO between two system calls,
   * the call blocks until a process opens the FIFO for writing. Java 17 can change the permissions
   * of a directory that its owner may not read only by name; this does so only if no other user can
   * write to the parent.
   *
   * @param tree an absolute path without {@code .} and {@code ..}
   * @throws IllegalArgumentException if the path is refused as above, null, empty, relative, not
   *     normalised or not of the default file system
   * @throws UnresolvableFunctionException if it is left to another process as above
   * @throws IOException if a link on the way leads nowhere, or if anything remains: its message
   *     says how many entries, and the first reasons; the first {@value UndeletedEntries#MAX_KEPT}
   *     failures are its suppressed exceptions
   * @throws InterruptedException if the thread is interrupted; what was not yet deleted remains
   */
  @Precondition("requireTree")
  public static void deleteTree(Path tree) throws IOException, InterruptedException {
    Path resolved = PathRules.resolved(tree);
    if (resolved == null) {
      PathRules.requireNoDanglingLink("deleteTree", tree);
      return; // without its parent it cannot exist
    }
    new TreeDeletion(resolved, MountPoints.below(resolved), OwnPlaces.keys()).run();
  }

  static void requireTree(Path tree) {
    Path resolved;
    try {
      resolved = PathRules.resolved(tree);
    } catch (IOException unreachable) {
      return; // only now: the deletion itself will fail and tell why
    }
    if (resolved != null) {
      OwnPlaces.requireNone(resolved);
    }
  }
}
