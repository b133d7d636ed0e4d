package dev.lastly.property;

import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/** An empty database, migrated once: what each history starts with costs a copy only. */
final class Template {
  private static final Path DATABASE = create();

  private Template() {}

  /** A new base directory with an empty database in it. */
  static Path copy() throws IOException {
    Path base = Files.createTempDirectory("lastly-property");
    Path directory = Files.createDirectory(base.resolve("deferred"));
    dev.lastly.internal.posix.Posix.makePrivate(directory);
    // Nobody has the template open; else closing the descriptor would drop SQLite's locks on it.
    Files.copy(DATABASE, directory.resolve("deferred.db"), StandardCopyOption.COPY_ATTRIBUTES);
    return base;
  }

  private static Path create() {
    try {
      Path base = Files.createTempDirectory("lastly-template");
      Settings settings = Settings.builder().reapInterval(Duration.ZERO).build();
      FakeNode node = new FakeNode();
      Worker.open(base, settings, node, node.start(false, false)).close();
      return base.resolve("deferred").resolve("deferred.db");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
