package dev.lastly.cleanup;

import java.io.File;
import java.util.List;

/**
 * Where the JDK looks for a program without a slash: in the {@code PATH} that the JVM was started
 * with, never in one that a command sets.
 *
 * @param text the variable's value
 */
record SearchPath(String text) {
  /** What the JDK takes if there is no such variable; the empty place is the working directory. */
  private static final String DEFAULT = ":/bin:/usr/bin";

  static SearchPath ofThisProcess() {
    String path = System.getenv("PATH");
    return new SearchPath(path == null ? DEFAULT : path);
  }

  /** Whether there is such a file that may be executed. */
  boolean has(String program) {
    return List.of(text.split(":", -1)).stream()
        .map(place -> new File(place.isEmpty() ? "." : place, program))
        .anyMatch(file -> file.isFile() && file.canExecute());
  }

  /** As it is set. */
  @Override
  public String toString() {
    return text;
  }
}
