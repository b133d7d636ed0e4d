package dev.lastly.internal.posix;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The descriptors of this process that lead to files of one name, in any directory, proc_pid_fd(5).
 * The JDK does not tell which file a channel has open. The path by which it was opened does not
 * tell either: the file may have been replaced since. Immutable.
 */
public final class Descriptors {
  private static final String DIRECTORY = "/proc/self/fd";
  private static final String DELETED = " (deleted)";

  private final String name;
  private final Set<Descriptor> open;

  private Descriptors(String name, Set<Descriptor> open) {
    this.name = name;
    this.open = open;
  }

  private record Descriptor(String number, FileId file) {}

  /**
   * The descriptors that are open now. None if there is no {@code /proc/self/fd}, as on other
   * systems than Linux.
   *
   * @param fileName the last component of a path
   * @return the descriptors at this moment
   */
  public static Descriptors named(String fileName) {
    Set<Descriptor> open = new HashSet<>();
    String[] numbers = new File(DIRECTORY).list();
    for (String number : numbers == null ? new String[0] : numbers) {
      look(number, fileName).ifPresent(open::add);
    }
    return new Descriptors(fileName, open);
  }

  private static Optional<Descriptor> look(String number, String fileName) {
    Path descriptor = Path.of(DIRECTORY, number);
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.endsWith("/" + fileName) || target.endsWith("/" + fileName + DELETED)
          ? Optional.of(new Descriptor(number, FileId.of(descriptor))) // as fstat(2) does
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // closed in between
    }
  }

  /**
   * Paths that lead to the files that were open when this object was made, to deleted ones, too,
   * while they are open.
   *
   * @return paths in {@code /proc/self/fd}; none if it cannot be read
   */
  public Set<Path> paths() {
    return open.stream().map(one -> Path.of(DIRECTORY, one.number())).collect(Collectors.toSet());
  }

  /**
   * The files that any thread has opened since this object was made.
   *
   * @return their identities; also empty if {@code /proc/self/fd} cannot be read
   */
  public Set<FileId> openedSince() {
    Set<FileId> opened = new HashSet<>();
    for (Descriptor now : named(name).open) {
      if (!open.contains(now)) {
        opened.add(now.file);
      }
    }
    return opened;
  }
}
