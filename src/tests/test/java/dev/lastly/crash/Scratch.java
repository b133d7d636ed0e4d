package dev.lastly.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A directory for one test, in memory if the system has a memory file system: a kill leaves the
 * same files there, and thousands of fsyncs take no time.
 */
public final class Scratch implements AutoCloseable {
  private static final Path MEMORY = Path.of("/dev/shm");

  private final Path path;

  private Scratch(Path path) {
    this.path = path;
  }

  /** A new, empty one; its path has no symbolic links. */
  public static Scratch create(String name) throws IOException {
    Path made =
        Files.isWritable(MEMORY)
            ? Files.createTempDirectory(MEMORY, name)
            : Files.createTempDirectory(name);
    return new Scratch(made.toRealPath());
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> tree = Files.walk(path)) {
      for (Path one : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    }
  }
}
