package dev.lastly.cleanup;

import dev.lastly.internal.posix.NativeText;
import dev.lastly.internal.posix.PathBytes;
import dev.lastly.internal.posix.Posix;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The directories that this process stands in: its working directory, the home of its user, and all
 * above them. By identity (device and inode), because a bind mount gives a directory a second name.
 * No system property is taken for a path unless it is certain to be spelled right: in the C locale
 * {@code user.home} has a '?' for each character that it lacks, and the home would not be known.
 */
final class OwnPlaces {
  private static final Path SELF = Path.of("/proc/self");
  private static final int UID_FIELD = 2;
  private static final int HOME_FIELD = 5;

  private OwnPlaces() {}

  /** Refuses, in this process, a tree that is one of them; links to the tree are resolved. */
  static void requireNone(Path tree) {
    BasicFileAttributes seen;
    try {
      seen = Files.readAttributes(tree, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException unreadable) {
      return; // not there; or it cannot be deleted either, and that will say why
    }
    if (seen.isDirectory() && keys().contains(seen.fileKey())) {
      throw refusal(tree);
    }
  }

  static UnresolvableFunctionException refusal(Path tree) {
    return new UnresolvableFunctionException(
        "deleteTree refuses '"
            + tree
            + "' in this process ("
            + Posix.pid()
            + "): it is its working directory or the home of its user, or above one; another"
            + " process can run it");
  }

  /** The identities of all of them. */
  static Set<Object> keys() {
    Set<Object> keys = new HashSet<>();
    addUpwards(SELF.resolve("cwd"), keys);
    for (Path home : homes()) {
      addUpwards(home, keys);
    }
    return keys;
  }

  /**
   * Goes up by name, as far as the names can be had, and by {@code ..}, which leads on where a
   * directory was removed or is out of sight.
   */
  private static void addUpwards(Path start, Set<Object> keys) {
    Path at = start;
    while (add(at, keys)) {
      at = at.resolve("..");
    }
    Path name = start;
    try {
      name = start.startsWith(SELF) ? Files.readSymbolicLink(start) : start.toRealPath();
    } catch (IOException unreachable) {
      // What this process cannot even look at, it cannot delete: protect what is above.
    }
    for (Path above = name; above != null && above.isAbsolute(); above = above.getParent()) {
      boolean unused = add(above, keys);
    }
  }

  /** False at the end: there is nothing new above. */
  private static boolean add(Path directory, Set<Object> keys) {
    try {
      return keys.add(Files.readAttributes(directory, BasicFileAttributes.class).fileKey());
    } catch (IOException unreachable) {
      return false;
    }
  }

  /** None if the user has none. */
  private static List<Path> homes() {
    String property = System.getProperty("user.home", "");
    if (property.isEmpty() || property.equals("?")) {
      return List.of(); // containers: no such user
    }
    if (NativeText.isSpelled(property) && property.chars().noneMatch(OwnPlaces::standsForAnother)) {
      return Path.of(property).isAbsolute() ? List.of(Path.of(property)) : List.of();
    }
    List<Path> raw =
        homes(
            textIfReadable(SELF.resolve("environ")),
            textIfReadable(Path.of("/etc/passwd")),
            Posix.uid());
    if (raw.isEmpty()) {
      throw new UnresolvableFunctionException(
          "deleteTree cannot tell where the home of this user is: user.home is '"
              + property
              + "' in this locale, and neither HOME nor /etc/passwd has it; start the JVM with"
              + " LC_ALL=C.UTF-8");
    }
    return raw;
  }

  private static String textIfReadable(Path file) {
    try {
      return Posix.textOf(file);
    } catch (IOException e) {
      return ""; // then the other file has to say it
    }
  }

  /** What a JVM makes of bytes that its locale has no character for. */
  private static boolean standsForAnother(int character) {
    return character == '?' || character == '\ufffd';
  }

  /** The homes of a user as their bytes are, from the variables of this process and passwd(5). */
  static List<Path> homes(String environ, String passwd, long uid) {
    List<Path> found = new ArrayList<>();
    for (String variable : environ.split("\0", -1)) {
      if (variable.startsWith("HOME=/")) {
        found.add(PathBytes.path(variable.substring("HOME=".length())));
      }
    }
    for (String line : passwd.split("\n", -1)) {
      String[] fields = line.split(":", -1);
      if (fields.length > HOME_FIELD
          && fields[UID_FIELD].equals(Long.toString(uid))
          && fields[HOME_FIELD].startsWith("/")) {
        found.add(PathBytes.path(fields[HOME_FIELD]));
      }
    }
    return found;
  }
}
