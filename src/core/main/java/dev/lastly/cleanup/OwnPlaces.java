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
 * The directories that this process must not delete: its working directory, the home of its user,
 * and all directories above them. They are known by identity (device and inode), because a bind
 * mount gives a directory a second name. This class uses a system property as a path only if its
 * spelling is certainly right: in the C locale, {@code user.home} has a '?' for each character
 * beyond ASCII. Stateless.
 */
final class OwnPlaces {
  private static final Path SELF = Path.of("/proc/self");
  private static final int UID_FIELD = 2;
  private static final int HOME_FIELD = 5;

  private OwnPlaces() {}

  /**
   * Throws {@link UnresolvableFunctionException} if the tree is one of them. Resolves symbolic
   * links to the tree.
   */
  static void requireNone(Path tree) {
    BasicFileAttributes seen;
    try {
      seen = Files.readAttributes(tree, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException unreadable) {
      return; // it does not exist, or the deletion will fail, too, and tell why
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

  /** The identities of all these directories. */
  static Set<Object> keys() {
    Set<Object> keys = new HashSet<>();
    addUpwards(SELF.resolve("cwd"), keys);
    for (Path home : homes()) {
      addUpwards(home, keys);
    }
    return keys;
  }

  /**
   * Adds the directories above, by name as far as names are known, and by {@code ..}, which also
   * works where a directory was removed or is invisible.
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
      // This process cannot delete a directory that it cannot examine. Protect those above it.
    }
    for (Path above = name; above != null && above.isAbsolute(); above = above.getParent()) {
      boolean unused = add(above, keys);
    }
  }

  /** Adds a directory. False if it was added before, so that there is none above. */
  private static boolean add(Path directory, Set<Object> keys) {
    try {
      return keys.add(Files.readAttributes(directory, BasicFileAttributes.class).fileKey());
    } catch (IOException unreachable) {
      return false;
    }
  }

  /** The home directories of this user; empty if there is none. */
  private static List<Path> homes() {
    String property = System.getProperty("user.home", "");
    if (property.isEmpty() || property.equals("?")) {
      return List.of(); // the user has no name, as in a container
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
      return ""; // the other file may tell
    }
  }

  /** Whether a JVM uses this character for bytes that its locale cannot decode. */
  private static boolean standsForAnother(int character) {
    return character == '?' || character == '\ufffd';
  }

  /**
   * The home directories of a user, byte by byte, from the environment of this process and
   * passwd(5).
   */
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
