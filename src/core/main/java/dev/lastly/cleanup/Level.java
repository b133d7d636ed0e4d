package dev.lastly.cleanup;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One directory on the path from the tree's parent down to the current directory of the deletion,
 * open or closed. Each operation is relative to its descriptor. For one thread.
 */
final class Level implements Closeable {
  final Path name;
  private final @Nullable Level parent;
  private final Object key;
  private final Set<Path> givenUp = new HashSet<>();
  private @Nullable SecureDirectoryStream<Path> stream;
  private Iterator<Path> entries;
  private int rounds;

  private Level(
      Path name,
      @Nullable Level parent,
      SecureDirectoryStream<Path> stream,
      Object key,
      Iterator<Path> entries) {
    this.name = name;
    this.parent = parent;
    this.stream = stream;
    this.key = key;
    this.entries = entries;
  }

  /** Opens the tree's parent; the deletion examines no other entry of it. */
  @SuppressWarnings("StreamResourceLeak") // the level owns it
  static Level anchor(Path tree) throws IOException {
    Path parent = Objects.requireNonNull(tree.getParent());
    DirectoryStream<Path> opened = Files.newDirectoryStream(parent);
    if (!(opened instanceof SecureDirectoryStream<Path> secure)) {
      opened.close();
      throw new IOException(
          "deleteTree is refused: this Java runtime has no SecureDirectoryStream for '"
              + parent
              + "', and without it a symbolic link could be followed");
    }
    return new Level(parent, null, secure, keyOf(secure), List.of(tree.getFileName()).iterator());
  }

  /** Makes the level of a directory that was just opened. */
  Level child(Path childName, SecureDirectoryStream<Path> opened, Object childKey) {
    return new Level(childName, this, opened, childKey, opened.iterator());
  }

  /** The device and inode of an open directory. */
  static Object keyOf(SecureDirectoryStream<Path> opened) throws IOException {
    return Objects.requireNonNull(
        opened.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey());
  }

  Object key() {
    return key;
  }

  Path path() {
    return parent == null ? name : parent.path().resolve(name);
  }

  SecureDirectoryStream<Path> stream() {
    return Objects.requireNonNull(stream, "closed");
  }

  /** The next entry that the deletion has not given up; null at the end. */
  @Nullable Path next() throws IOException {
    try {
      while (entries.hasNext()) {
        Path entry = entries.next().getFileName();
        if (!givenUp.contains(entry)) {
          return entry;
        }
      }
      return null;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  /** The attributes of an entry itself, not of its target; null if it no longer exists. */
  @Nullable BasicFileAttributes look(Path entry) throws IOException {
    try {
      return stream()
          .getFileAttributeView(entry, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .readAttributes();
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  void giveUp(Path entry) {
    givenUp.add(entry);
  }

  boolean hasGivenUp() {
    return !givenUp.isEmpty();
  }

  /** Reads the directory again from the start. False after too many rounds. */
  boolean again() throws IOException {
    if (++rounds > TreeDeletion.MAX_ROUNDS) {
      return false;
    }
    if (parent == null) {
      return true;
    }
    restart(stream().newDirectoryStream(Path.of("."), LinkOption.NOFOLLOW_LINKS));
    return true;
  }

  /** Opens a closed level again from the level below it. Throws if the level below was moved. */
  void reopenFrom(Level below) throws IOException {
    SecureDirectoryStream<Path> opened =
        below.stream().newDirectoryStream(Path.of(".."), LinkOption.NOFOLLOW_LINKS);
    if (!key.equals(keyOf(opened))) {
      opened.close();
      throw new IOException("was moved to another directory while it was being deleted");
    }
    restart(opened);
  }

  boolean isOpen() {
    return stream != null;
  }

  @Override
  public void close() throws IOException {
    if (stream != null) {
      stream.close();
      stream = null;
    }
  }

  private void restart(SecureDirectoryStream<Path> opened) throws IOException {
    close();
    stream = opened;
    entries = opened.iterator();
  }
}
