package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which paths may be deleted at all. */
final class PathRules {
  /** A tree directly below the root is never scratch space: it is /usr, /home, /tmp. */
  private static final int MIN_TREE_ELEMENTS = 2;

  private PathRules() {}

  static void requireAbsolute(String action, Path path) {
    Objects.requireNonNull(path, "path");
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

  /** Resolves the links that lead to the path, and leaves the last element as it is. */
  static Path withRealParent(Path path) throws IOException {
    return Objects.requireNonNull(path.getParent()).toRealPath().resolve(path.getFileName());
  }

  /**
   * The identities (device and inode) of the home and the working directory and all above them. By
   * identity, because a bind mount gives a directory a second name.
   */
  static Set<Object> protectedDirectories() throws IOException {
    Set<Object> keys = new HashSet<>();
    for (String property : List.of("user.home", "user.dir")) {
      Path start = Path.of(System.getProperty(property, ""));
      for (Path at = reachable(start); at != null; at = at.getParent()) {
        keys.add(Files.readAttributes(at, BasicFileAttributes.class).fileKey());
      }
    }
    return keys;
  }

  private static @Nullable Path reachable(Path start) {
    for (Path at = start.isAbsolute() ? start : null; at != null; at = at.getParent()) {
      try {
        return at.toRealPath();
      } catch (IOException unreachable) {
        // What this process cannot even look at, it cannot delete: protect what is above.
      }
    }
    return null; // a user without a home: containers say "?"
  }

  static IllegalArgumentException refusal(String action, Path path, String why) {
    return new IllegalArgumentException("%s refuses '%s': it %s".formatted(action, path, why));
  }
}
