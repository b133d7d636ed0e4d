package dev.lastly.artifact;

import dev.lastly.DeferredFunctionManager;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.jspecify.annotations.NullMarked;
import org.slf4j.Logger;
import org.sqlite.SQLiteConnection;

/** The finished core jar and its dependencies. */
final class CoreJar {
  private CoreJar() {}

  static Path path() {
    return of(DeferredFunctionManager.class);
  }

  static Path driver() {
    return of(SQLiteConnection.class);
  }

  static Path logging() {
    return of(Logger.class);
  }

  static Path annotations() {
    return of(NullMarked.class);
  }

  /** The jar of a class. */
  static Path of(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
