package dev.lastly.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Writes images to files, lets them be judged, and deletes them. */
final class Workshop {
  private Workshop() {}

  /** Something to do with a directory. */
  @FunctionalInterface
  interface Use<T> {
    T with(Path base) throws Exception;
  }

  /** A memory file system if there is one: images are many, and temporary. */
  static Path open() throws IOException {
    Path memory = Path.of("/dev/shm");
    return (Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "lastly-disk")
            : Files.createTempDirectory("lastly-disk"))
        .toRealPath();
  }

  /** Where the recorded processes had their state directory. */
  static Path base(Path root) {
    return root.resolve("var").resolve("node");
  }

  static Path database(Path root) {
    return base(root).resolve("deferred").resolve("deferred.db");
  }

  /** Lays an image out for as long as it is used. */
  static <T> T use(Path workshop, DiskImage image, Use<T> use) {
    try {
      Path root = Files.createTempDirectory(workshop, "image");
      try {
        image.write(root);
        return use.with(root);
      } finally {
        delete(root);
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // whatever the use may throw
      throw new IllegalStateException(e);
    }
  }

  static void delete(Path root) {
    try (Stream<Path> tree = Files.walk(root)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
