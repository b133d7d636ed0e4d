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
 * A state directory that nobody has used, with an empty database in it: to make one takes half a
 * second, to copy one takes none. Reading the file is safe because nobody has it open, and nobody
 * ever will.
 */
final class StateTemplate {
  private static final byte[] DATABASE = make();

  private StateTemplate() {}

  /** Where the database below a base is. */
  static Path database(Path base) {
    return base.resolve(DeferredFunctionManager.STATE_DIR_STEM).resolve("deferred.db");
  }

  /** Makes a fresh one. */
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
