package dev.lastly.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Saves a state directory as a scenario has prepared it, and restores it for each kill. The lock
 * file stays, because the rows name its inode. No process may have the database open during a
 * restore.
 */
final class StateFiles {
  private static final String LOCK_FILE = "owners.lock";
  private static final String SHARED_MEMORY = "-shm"; // SQLite creates it again

  private final Path base;
  private final Path kept;

  StateFiles(Path base, Path kept) {
    this.base = base;
    this.kept = kept;
  }

  void keep() throws IOException {
    copy(base, kept);
  }

  void restore() throws IOException {
    for (Path path : tree(base, Comparator.reverseOrder())) {
      boolean stays = Files.exists(kept.resolve(base.relativize(path)), LinkOption.NOFOLLOW_LINKS);
      if (!stays || !(Files.isDirectory(path) || path.endsWith(LOCK_FILE))) {
        Files.delete(path);
      }
    }
    copy(kept, base);
  }

  /** Copies the database as it lies there, to look at it without changing it. */
  static void copyAsIs(Path from, Path to) throws IOException {
    for (Path path : tree(to, Comparator.reverseOrder())) {
      Files.delete(path);
    }
    copy(from, to);
  }

  private static void copy(Path from, Path to) throws IOException {
    for (Path path : tree(from, Comparator.naturalOrder())) {
      Path target = to.resolve(from.relativize(path));
      boolean there = Files.exists(target);
      boolean leave = path.toString().endsWith(SHARED_MEMORY);
      if (!leave && !(there && (Files.isDirectory(path) || path.endsWith(LOCK_FILE)))) {
        Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  private static List<Path> tree(Path root, Comparator<Path> order) throws IOException {
    if (!Files.exists(root)) {
      return List.of();
    }
    try (Stream<Path> tree = Files.walk(root)) {
      return tree.sorted(order).toList();
    }
  }
}
