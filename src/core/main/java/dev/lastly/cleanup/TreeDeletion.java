package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One run of {@link Cleanup#deleteTree}: a walk with its own stack of levels, of which only the
 * deepest are open. For one thread and one use.
 */
final class TreeDeletion {
  /** The limit on open levels, which have two descriptors each. */
  static final int MAX_OPEN = 32;

  /** How often a directory that is not empty at its end is read again. */
  static final int MAX_ROUNDS = 100;

  private final Path tree;
  private final Set<Path> mountPoints;
  private final Set<Object> protectedKeys;
  private final List<Level> levels = new ArrayList<>();
  private final UndeletedEntries failures = new UndeletedEntries();
  private long device;

  TreeDeletion(Path tree, Set<Path> mountPoints, Set<Object> protectedKeys) {
    this.tree = tree;
    this.mountPoints = mountPoints;
    this.protectedKeys = protectedKeys;
  }

  void run() throws IOException, InterruptedException {
    try {
      start();
    } catch (NoSuchFileException gone) {
      return; // without its parent it cannot exist
    }
    try {
      while (!levels.isEmpty()) {
        if (Thread.interrupted()) {
          throw new InterruptedException("deleteTree('" + tree + "') was interrupted");
        }
        step(top());
      }
    } finally {
      closeAll();
    }
    failures.throwIfAny(tree);
  }

  /** Opens the tree's parent. */
  Level start() throws IOException {
    levels.add(Level.anchor(tree));
    return top();
  }

  private void step(Level level) throws IOException {
    Path entry;
    try {
      entry = level.next();
    } catch (IOException e) {
      fail(levels.get(levels.size() - 2), level.name, e); // reading the anchor never fails
      pop();
      return;
    }
    if (entry != null) {
      delete(level, entry);
    } else if (levels.size() == 1) {
      leaveAnchor(level);
    } else {
      leave(level, levels.get(levels.size() - 2));
    }
  }

  private void delete(Level level, Path entry) throws IOException {
    BasicFileAttributes seen = null;
    try {
      seen = level.look(entry);
      if (seen == null) {
        return;
      }
      if (seen.isDirectory()) {
        enter(level, entry, Objects.requireNonNull(seen.fileKey()));
      } else {
        level.stream().deleteFile(entry);
      }
    } catch (NoSuchFileException gone) {
      return; // another process has deleted it
    } catch (IOException e) {
      failUnlessChanged(level, entry, seen == null ? null : seen.fileKey(), e);
    }
  }

  /**
   * Opens a directory and continues in it. False if the deletion must not enter it, or it is not
   * the one seen before.
   */
  boolean enter(Level level, Path entry, Object seenKey) throws IOException {
    SecureDirectoryStream<Path> opened = OwnDirectories.open(level, entry);
    boolean entered = false;
    try {
      Object key = Level.keyOf(opened);
      // If it is not the one seen before, the next round examines it again.
      if (key.equals(seenKey) && mayEnter(level, entry, key)) {
        OwnDirectories.makeWritable(opened);
        levels.add(level.child(entry, opened, key));
        entered = true;
      }
    } finally {
      if (!entered) {
        opened.close();
      }
    }
    int closing = levels.size() - 1 - MAX_OPEN;
    if (closing > 0) {
      levels.get(closing).close();
    }
    return entered;
  }

  private boolean mayEnter(Level level, Path entry, Object key) throws IOException {
    boolean root = levels.size() == 1;
    if (protectedKeys.contains(key)) {
      if (root) {
        throw OwnPlaces.refusal(tree);
      }
      fail(
          level,
          entry,
          new IOException("is the home or the working directory of this process, or above one"));
      return false;
    }
    if (root) {
      device = MountPoints.device(key);
      return true;
    }
    boolean mounted = !mountPoints.isEmpty() && mountPoints.contains(level.path().resolve(entry));
    if (mounted || MountPoints.device(key) != device) {
      fail(level, entry, new IOException("is another mounted file system; unmount it first"));
      return false;
    }
    return true;
  }

  private void leave(Level level, Level above) throws IOException {
    if (!above.isOpen()) {
      try {
        above.reopenFrom(level);
      } catch (IOException e) {
        // Without a way up, no level above can be deleted: end the run.
        failures.add(level.path(), e);
        closeAll();
        return;
      }
    }
    try {
      if (level.hasGivenUp()) {
        above.giveUp(level.name);
      } else {
        above.stream().deleteDirectory(level.name);
      }
      pop();
    } catch (NoSuchFileException gone) {
      pop();
    } catch (DirectoryNotEmptyException e) {
      readAgain(level, above);
    } catch (IOException e) {
      failUnlessChanged(above, level.name, level.key(), e);
      pop();
    }
  }

  private void readAgain(Level level, Level above) throws IOException {
    try {
      if (level.again()) {
        return;
      }
      fail(above, level.name, new IOException("entries appear as fast as they are deleted"));
    } catch (NoSuchFileException gone) {
      // The open directory was removed. The next round of the level above shows whether its name is
      // free.
    } catch (IOException e) {
      fail(above, level.name, e);
    }
    pop();
  }

  /** Ends the run, unless a new entry has taken the tree's name. */
  private void leaveAnchor(Level anchor) throws IOException {
    Path name = tree.getFileName();
    if (anchor.hasGivenUp() || anchor.look(name) == null) {
      pop();
    } else if (anchor.again()) {
      delete(anchor, name);
    } else {
      fail(anchor, name, new IOException("it appears as fast as it is deleted"));
    }
  }

  private void failUnlessChanged(
      Level level, Path entry, @Nullable Object seenKey, IOException failure) throws IOException {
    BasicFileAttributes now = seenKey == null ? null : level.look(entry);
    // A replaced entry is examined again in the next round, because its directory is not empty.
    if (seenKey == null || (now != null && seenKey.equals(now.fileKey()))) {
      fail(level, entry, failure);
    }
  }

  private void fail(Level level, Path entry, IOException failure) {
    level.giveUp(entry);
    failures.add(level.path().resolve(entry), failure);
  }

  private Level top() {
    return levels.get(levels.size() - 1);
  }

  private void pop() throws IOException {
    levels.remove(levels.size() - 1).close();
  }

  private void closeAll() throws IOException {
    while (!levels.isEmpty()) {
      pop();
    }
  }
}
