package dev.lastly.disk;

import dev.lastly.disk.Change.Survival;
import dev.lastly.disk.FileNode.Content;
import dev.lastly.disk.FileNode.Directory;
import dev.lastly.support.FileBoundary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A run, as everything that it did to the files below one directory, and what it announced when.
 *
 * <p>What is assumed of the file system is only what POSIX says, which is less than what most do:
 * an fsync of a file makes its data and size durable, but not its name; an fsync of a directory
 * makes its entries durable, but not what they lead to, nor its own name. All else may or may not
 * be there after a cut, in any combination.
 */
final class Recording {
  final String name;
  final List<FileBoundary> events;
  final List<Change> changes = new ArrayList<>();
  private final Path root;
  private final Directory top = new Directory();
  private final Map<Path, Directory> directories = new HashMap<>();
  private final Map<Long, Content> files = new HashMap<>();

  /** Files that exist before a run, and are durable: taken before it begins. */
  record Before(Map<Path, byte[]> files, Map<Path, Long> inodes) {
    static Before of(Path root) throws IOException {
      Before before = new Before(new java.util.TreeMap<>(), new HashMap<>());
      try (Stream<Path> tree = Files.walk(root)) {
        for (Path path : tree.filter(p -> !isIndex(p)).toList()) {
          boolean file = Files.isRegularFile(path);
          before.files.put(path, file ? Files.readAllBytes(path) : new byte[0]);
          before.inodes.put(path, file ? (Long) Files.getAttribute(path, "unix:ino") : 0);
        }
      }
      return before;
    }
  }

  Recording(String name, Path root, Before before, List<FileBoundary> events) {
    this.name = name;
    this.root = root;
    this.events = List.copyOf(events);
    directories.put(root, top);
    before.files.forEach(
        (path, bytes) -> initially(path, bytes, before.inodes.getOrDefault(path, 0L)));
    for (int at = 0; at < events.size(); at++) {
      FileBoundary event = events.get(at);
      if (!event.isMark() && event.succeeded() && !isIndex(event.path())) {
        replay(at, event);
      }
    }
  }

  /** SQLite's index of the log is rebuilt after a cut, whatever it holds. */
  static boolean isIndex(Path path) {
    return path.toString().endsWith("-shm");
  }

  private void initially(Path path, byte[] bytes, long inode) {
    if (path.equals(root)) {
      return;
    }
    FileNode node;
    if (inode == 0) {
      Directory directory = new Directory();
      directories.put(path, directory);
      node = directory;
    } else {
      Content content = new Content(inode, bytes);
      files.put(inode, content);
      node = content;
    }
    parent(path).initially(path.getFileName().toString(), node);
  }

  private void replay(int at, FileBoundary event) {
    Path path = event.path();
    String file = path.getFileName().toString();
    switch (event.kind()) {
      case "mkdir" -> {
        Directory made = new Directory();
        directories.put(path, made);
        add(parent(path), Change.link(at, file, made));
      }
      case "create" -> {
        Content made = new Content(event.inode(), new byte[0]);
        files.put(event.inode(), made);
        add(parent(path), Change.link(at, file, made));
      }
      case "cut" -> add(content(event), Change.resize(at, file, 0));
      case "ftruncate", "truncate" -> add(content(event), Change.resize(at, file, event.length()));
      case "write" -> add(content(event), Change.write(at, file, event.offset(), event.data()));
      case "unlink", "rmdir" -> add(parent(path), Change.unlink(at, file));
      case "fsync", "fdatasync" ->
          Objects.requireNonNullElseGet(directories.get(path), () -> content(event)).synced(at);
      case "open", "chmod", "chown", "kill" -> {} // nothing that a recovery looks at
      default -> throw new AssertionError("what does a power cut leave of " + event + "?");
    }
  }

  private void add(FileNode node, Change change) {
    node.changes.add(change);
    changes.add(change);
  }

  private Directory parent(Path path) {
    return Objects.requireNonNull(directories.get(path.getParent()), path::toString);
  }

  private Content content(FileBoundary event) {
    return Objects.requireNonNull(files.get(event.inode()), event::toString);
  }

  /** What was begun before the given event and was not durable when the power went, just then. */
  List<Change> pending(int cut) {
    return changes.stream().filter(c -> c.at < cut && c.durableAt >= cut).toList();
  }

  /** The files after a cut just before that event, as fate decides for what was pending. */
  DiskImage image(int cut, Function<Change, Survival> fate) {
    Map<String, byte[]> found = new java.util.TreeMap<>();
    Map<String, Long> inodes = new HashMap<>();
    collect(
        "",
        top,
        change -> {
          if (change.at >= cut) {
            return Survival.NONE;
          }
          return change.durableAt < cut ? change.whole() : fate.apply(change);
        },
        found,
        inodes);
    return new DiskImage(found, inodes);
  }

  private static void collect(
      String prefix,
      Directory directory,
      Function<Change, Survival> fate,
      Map<String, byte[]> found,
      Map<String, Long> inodes) {
    directory
        .entries(fate)
        .forEach(
            (name, node) -> {
              if (node instanceof Directory below) {
                found.put(prefix + name + "/", new byte[0]);
                collect(prefix + name + "/", below, fate, found, inodes);
              } else if (node instanceof Content content) {
                found.put(prefix + name, content.bytes(fate));
                inodes.put(prefix + name, content.inode);
              }
            });
  }

  /** The announcements before that event. */
  List<String> marks(int cut) {
    return events.subList(0, cut).stream()
        .filter(e -> e.isMark() && e.kind().equals("write"))
        .map(FileBoundary::text)
        .toList();
  }
}
