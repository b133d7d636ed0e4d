package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rules for paths that may be deleted. Stateless. */
final class PathRules {
  /** A tree directly below the root is never scratch space: it is /usr, /home, /tmp. */
  private static final int MIN_TREE_ELEMENTS = 2;

  private PathRules() {}

  static void requireAbsolute(String action, Path path) {
    if (path == null) {
      throw new IllegalArgumentException(action + " refuses null; expected an absolute path");
    }
    if (path.getFileSystem() != FileSystems.getDefault()) {
      throw refusal(action, path, "is not of the default file system");
    }
    if (path.toString().isEmpty()) {
      throw refusal(action, path, "is empty");
    }
    if (!path.isAbsolute()) {
      throw refusal(action, path, "is relative, and may be run in another working directory");
    }
    if (!path.equals(path.normalize())) {
      throw refusal(action, path, "contains '.' or '..'; give the path it stands for");
    }
    if (path.getNameCount() == 0) {
      throw refusal(action, path, "is the root directory");
    }
  }

  static void requireTree(Path asked, Path resolved) {
    requireAbsolute("deleteTree", resolved);
    if (resolved.getNameCount() < MIN_TREE_ELEMENTS) {
      String what = asked.equals(resolved) ? "is" : "leads to " + resolved + ", which is";
      throw refusal("deleteTree", asked, what + " directly below the root directory");
    }
  }

  /**
   * Checks a tree, and resolves the symbolic links in its parent, not in the last element.
   *
   * @return the resolved path; null if the parent does not exist
   */
  static @Nullable Path resolved(Path tree) throws IOException {
    requireTree(tree, tree);
    Path parent = Objects.requireNonNull(tree.getParent());
    try {
      Path resolved = parent.toRealPath().resolve(tree.getFileName());
      requireTree(tree, resolved);
      return resolved;
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  /**
   * Throws if a symbolic link on the way leads nowhere. Its target may be on a file system that is
   * not mounted, so the file is not known to be gone.
   */
  static void requireNoDanglingLink(String action, Path path) throws IOException {
    for (Path at = path.getParent(); at != null; at = at.getParent()) {
      if (Files.isSymbolicLink(at) && !Files.exists(at)) {
        throw new IOException(
            action
                + "('"
                + path
                + "') cannot tell whether it is gone: the link '"
                + at
                + "' on the way leads nowhere; mount the file system of its target, or remove the"
                + " link");
      }
    }
  }

  static IllegalArgumentException refusal(String action, Path path, String why) {
    return new IllegalArgumentException(action + " refuses '" + path + "': it " + why);
  }
}
