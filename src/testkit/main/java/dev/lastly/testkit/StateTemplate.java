package dev.lastly.testkit;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.internal.store.Store;
import dev.lastly.internal.store.StoreConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.function.UnaryOperator;

/**
 * An unused state directory with an empty database. Making one takes half a second, so it is made
 * once and copied. Reading its file with Java I/O is safe, because no connection to it is open then
 * or later.
 */
final class StateTemplate {
  private static final byte[] DATABASE = make();

  private StateTemplate() {}

  /** The database below the base of a state directory. */
  static Path database(Path base) {
    return base.resolve(DeferredFunctionManager.STATE_DIR_STEM).resolve("deferred.db");
  }

  /** Makes an unused state directory below a base. */
  static void copyTo(Path base) throws IOException {
    Path directory = Files.createDirectories(base.resolve(DeferredFunctionManager.STATE_DIR_STEM));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    Path file = Files.write(database(base), DATABASE);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static byte[] make() {
    try {
      Path directory = Files.createTempDirectory("lastly-template-");
      try {
        Path file = directory.resolve("deferred.db");
        Store.open(
                new StoreConfig(
                    file, Duration.ofSeconds(30), () -> () -> {}, UnaryOperator.identity()))
            .close();
        return Files.readAllBytes(file);
      } finally {
        Cleanup.deleteTree(directory);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while making an empty database", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make an empty database in the temp directory", e);
    }
  }
}
