package dev.lastly.cleanup;

import dev.lastly.model.Precondition;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Deletes files and directory trees, for {@code job.defer(Cleanup::deleteTree, scratch)}.
 *
 * <p>Both methods may run long after the call was registered and in another process. So they take
 * absolute paths only, and no path with a {@code .} or {@code ..} in it: where that leads depends
 * on symbolic links, and those may have changed. Both are idempotent and keep no state; they may be
 * called from any thread, also by several at once for the same path.
 */
public final class Cleanup {
  private Cleanup() {}

  /**
   * Deletes one file, or one symbolic link but never its target. If there is nothing of that name,
   * or no such parent directory, it has succeeded already.
   *
   * <p>Between the look at the path and the act another process may put an empty directory in its
   * place, which is then deleted; nothing else is ever deleted but that one name.
   *
   * @param file an absolute path without {@code .} and {@code ..}
   * @throws IllegalArgumentException if the path is null, empty, relative, not normalised, a root
   *     or not of the default file system
   * @throws IOException if it is a directory, or cannot be looked at or deleted, or if a link on
   *     the way leads nowhere: what is behind it may only not be mounted
   */
  @Precondition("requireFile")
  public static void deleteFile(Path file) throws IOException {
    requireFile(file);
    try {
      if (Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isDirectory()) {
        throw new FileSystemException(
            file.toString(), null, "is a directory, and deleteFile deletes none; use deleteTree");
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
   * Deletes a directory with everything below it. A file or a symbolic link is deleted by itself;
   * nothing there is success. As much as can be deleted is: whatever fails is left, the rest goes,
   * and then one exception tells what remains and why.
   *
   * <p><b>Symbolic links are never followed</b>, not even when a directory is swapped for one in
   * the middle: every step is relative to an open directory (openat(2) with {@code O_NOFOLLOW},
   * unlinkat(2)), and what was opened is compared with what was seen. Where Java offers no {@link
   * java.nio.file.SecureDirectoryStream} (it does on Linux) this cannot be promised, and the call
   * is refused with an {@code IOException}. Links on the way to the tree (its parents) are
   * followed.
   *
   * <p><b>Other file systems are not entered.</b> A directory with another device number than the
   * tree's own, or that {@code /proc/self/mountinfo}, proc(5), named as a mount point when the call
   * began (that is, also a bind mount on the same device), is left and reported. Btrfs subvolumes
   * count as other file systems. A bind mount of the same device that is made below the tree
   * <em>during</em> the call is not noticed. If the tree is itself a mount point it is emptied, and
   * the mount point stays and is reported.
   *
   * <p><b>Refused</b>: fewer than two elements ({@code /}, {@code /tmp}, also after its parent's
   * links are resolved). <b>Left to another process</b>: the home directory of this process's user,
   * the working directory of this process, and every directory above either, recognised by identity
   * and not only by name.
   *
   * <p><b>Not there means not there for this process.</b> A path that leads through a symbolic link
   * that leads nowhere, or through a directory that may not be searched, is an error. But a parent
   * that is not there, or an empty mount point, looks the same whether the tree was deleted or its
   * file system is not mounted (yet, or in this container): this counts as success. Run reapers
   * where the file systems of the workers are mounted.
   *
   * <p>Directories of ours without owner permissions are given them. Entries that appear meanwhile
   * are deleted too: a directory that is found not to be empty is read again, up to {@value
   * TreeDeletion#MAX_ROUNDS} times. Depth is bounded by neither stack nor descriptors: at most
   * {@value TreeDeletion#MAX_OPEN} levels are open at a time, two descriptors each, and levels
   * above are opened again through {@code ..} and checked to be the same. Names need not be valid
   * in any encoding. The parent directory must be readable.
   *
   * <p>Residual races: a directory replaced by a FIFO between two system calls blocks until someone
   * opens it for writing. A directory that even its owner may not read can on Java 17 be changed by
   * name only; this is done if nobody else can write to its parent.
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
      return; // without its parent it cannot be there
    }
    new TreeDeletion(resolved, MountPoints.below(resolved), OwnPlaces.keys()).run();
  }

  static void requireTree(Path tree) {
    Path resolved;
    try {
      resolved = PathRules.resolved(tree);
    } catch (IOException unreachable) {
      return; // now; when it is to be deleted, that fails and says why
    }
    if (resolved != null) {
      OwnPlaces.requireNone(resolved);
    }
  }
}
