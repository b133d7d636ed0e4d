package dev.lastly.internal.codec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Determines whether a path leads to the same file, with the same content, as at a moment in the
 * past. Thread-safe.
 *
 * <p>The kernel sets a file's ctime when its content, name or attributes change, and no program can
 * set it to another time. (Programs can set the mtime, as {@code rsync -a} and {@code cp -p} do.) A
 * path can also lead to another file that is older than the moment, after a symbolic link was
 * changed or a directory was renamed. A new link has a new ctime. A renamed directory and its
 * parent have a new ctime. Added and removed entries change a directory's ctime, too, but then its
 * mtime equals its ctime, and after a renaming it does not.
 *
 * <p>From the first walk on, this class knows each directory on the way by its inode. One kind of
 * change stays undetected: a directory that is older than the moment is renamed after the moment,
 * gets or loses an entry, and is walked for the first time after that. So Lastly walks the class
 * path early, see {@link #remember}. It also does not detect changes on a file server whose clock
 * is behind.
 */
final class SameFile {
  /** Whether a path is the same as when this JVM started. */
  static final SameFile SINCE_START =
      new SameFile(
          new PastInstant() { // no lambda: each process that starts would wait for it
            @Override
            public Instant get() throws IOException {
              return JvmStart.get();
            }
          });

  private static final int MAX_LINKS = 40; // as in the kernel
  private static final String ATTRIBUTES =
      "unix:isDirectory,isSymbolicLink,fileKey,lastModifiedTime,ctime";

  private final PastInstant moment;

  /** The inodes of directories that a walk has found unchanged, by path. */
  private final Map<Path, Object> known = new ConcurrentHashMap<>();

  SameFile(PastInstant moment) {
    this.moment = moment;
  }

  /** The moment in the past. */
  interface PastInstant {
    Instant get() throws IOException;
  }

  /** A sentence that tells what has changed, and when; null if nothing has. */
  @Nullable String change(Path file) {
    try {
      return new Walk(moment.get()).change(file.toAbsolutePath());
    } catch (IOException e) {
      return "Lastly cannot tell whether "
          + file
          + " has changed since this process started: "
          + ForeignExceptions.text(e);
    }
  }

  /**
   * Walks to files or directories and keeps their inodes, to detect later that others took their
   * places.
   */
  void remember(Iterable<Path> paths) {
    try {
      Walk walk = new Walk(moment.get());
      for (Path path : paths) {
        remember(walk, path);
      }
    } catch (IOException e) {
      return; // change() reports the failure
    }
  }

  private static void remember(Walk walk, Path path) {
    try {
      String unused = walk.change(path);
    } catch (IOException e) {
      return; // class paths may name files that do not exist
    }
  }

  /** The attributes of a name itself, not of the target of a symbolic link. */
  private record PathEntry(
      boolean directory, boolean link, Object inode, Instant modified, Instant changed) {
    static PathEntry of(Path path) throws IOException {
      // In one read: an entry added between two reads would look like a renaming.
      Map<String, Object> is = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
      return new PathEntry(
          get(is, "isDirectory", Boolean.class),
          get(is, "isSymbolicLink", Boolean.class),
          get(is, "fileKey", Object.class),
          get(is, "lastModifiedTime", FileTime.class).toInstant(),
          get(is, "ctime", FileTime.class).toInstant());
    }

    private static <T> T get(Map<String, Object> attributes, String name, Class<T> type)
        throws IOException {
      Object value = attributes.get(name);
      if (!type.isInstance(value)) {
        throw new IOException("the file system gives no " + name);
      }
      return type.cast(value);
    }

    Instant stamp() {
      return modified.isAfter(changed) ? modified : changed;
    }

    boolean mayHaveBeenRenamed() {
      return !modified.equals(changed);
    }
  }

  /** One walk, to one or several files. For one thread. */
  private final class Walk {
    private final Instant since;
    private final Map<Path, PathEntry> seen = new HashMap<>();

    Walk(Instant since) {
      this.since = since;
    }

    @Nullable String change(Path file) throws IOException {
      Deque<Path> rest = new ArrayDeque<>();
      int links = 0;
      Path at = file.getRoot();
      PathEntry parent = node(at);
      prepend(file, rest);
      while (!rest.isEmpty()) {
        Path name = rest.removeFirst();
        Path next = at.resolve(name);
        if (name.toString().equals(".")) {
          continue;
        }
        if (name.toString().equals("..")) {
          at = at.getParent() == null ? at : at.getParent();
          parent = node(at);
          continue;
        }
        PathEntry node = node(next);
        if (isAnother(next, node, parent)) {
          return text(next, node);
        }
        if (node.link()) {
          Path target = Files.readSymbolicLink(next);
          prepend(target, rest);
          if (++links > MAX_LINKS) {
            throw new IOException("more than " + MAX_LINKS + " symbolic links in " + file);
          }
          if (target.isAbsolute()) {
            at = target.getRoot();
            parent = node(at);
          }
          continue;
        }
        at = next;
        parent = node;
      }
      return null;
    }

    private PathEntry node(Path path) throws IOException {
      PathEntry node = seen.get(path);
      if (node == null) {
        node = PathEntry.of(path);
        seen.put(path, node);
      }
      return node;
    }

    private static void prepend(Path path, Deque<Path> rest) {
      for (int i = path.getNameCount() - 1; i >= 0; i--) {
        rest.addFirst(path.getName(i));
      }
    }

    private boolean isAnother(Path path, PathEntry node, PathEntry parent) {
      boolean stamped = !node.stamp().isBefore(since);
      if (!node.directory()) {
        return stamped;
      }
      Object before = known.get(path);
      if (before != null) {
        return !before.equals(node.inode());
      }
      if (stamped && !parent.stamp().isBefore(since) && node.mayHaveBeenRenamed()) {
        return true;
      }
      known.put(path, node.inode());
      return false;
    }

    private String text(Path path, PathEntry node) {
      return String.format(
          Locale.ROOT,
          "%s was changed or replaced at %s, and this process started at %s",
          path,
          node.stamp(),
          since);
    }
  }
}
