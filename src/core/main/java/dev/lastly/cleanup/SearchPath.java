package dev.lastly.cleanup;

import java.io.File;
import java.util.List;

/**
 * The directories in which the JDK looks for a program without a slash: the {@code PATH} with which
 * the JVM was started, not one that a command sets. Immutable.
 *
 * @param text the variable's value
 */
record SearchPath(String text) {
  /** The JDK's default without the variable; the empty entry is the working directory. */
  private static final String DEFAULT = ":/bin:/usr/bin";

  static SearchPath ofThisProcess() {
    String path = System.getenv("PATH");
    return new SearchPath(path == null ? DEFAULT : path);
  }

  /** Whether one of the directories has an executable file of this name. */
  boolean has(String program) {
    return List.of(text.split(":", -1)).stream()
        .map(place -> new File(place.isEmpty() ? "." : place, program))
        .anyMatch(file -> file.isFile() && file.canExecute());
  }

  /** The variable's value. */
  @Override
  public String toString() {
    return text;
  }
}
