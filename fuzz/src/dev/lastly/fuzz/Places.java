package dev.lastly.fuzz;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;

/** Where targets run: Jazzer, and a JVM that crashes, leave files in the working directory. */
final class Places {
  private Places() {}

  /** Below the directory that the classes were built in. */
  static Path of(FuzzTarget target) {
    try {
      Path classes =
          Path.of(Places.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return Objects.requireNonNull(classes.getParent()).resolve("fuzz").resolve(target.name());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("classes from no file", e);
    }
  }
}
