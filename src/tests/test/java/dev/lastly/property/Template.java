package dev.lastly.property;

import dev.lastly.internal.posix.Posix;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/** An empty database, migrated once, so that each history starts with a copy. */
final class Template {
  private static final byte[] DATABASE = create();

  private Template() {}

  /** A new base directory with an empty database in it. */
  static Path copy() throws IOException {
    Path base = Files.createTempDirectory("lastly-property");
    Path directory = base.resolve("deferred");
    Posix.createPrivateDirectories(directory);
    Path database = directory.resolve("deferred.db"); // not open yet, so Java I/O may write it
    Files.write(database, DATABASE);
    Posix.makePrivate(database);
    return base;
  }

  private static byte[] create() {
    try {
      Path base = Files.createTempDirectory("lastly-template");
      Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
      FakeNode node = new FakeNode();
      ModelWorker.open(base, settings, node, node.start(false, false)).close();
      byte[] database = Files.readAllBytes(base.resolve("deferred").resolve("deferred.db"));
      delete(base);
      return database;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void delete(Path base) throws IOException {
    try (Stream<Path> tree = Files.walk(base)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
