package dev.lastly.cli;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Finds programs as execvp(3) does. */
final class Programs {
  private final String searchPath;
  private final Path directory;

  /**
   * Makes a search in a PATH.
   *
   * @param searchPath the variable's value
   * @param directory the directory to which relative names are relative
   */
  Programs(String searchPath, Path directory) {
    this.searchPath = searchPath;
    this.directory = directory;
  }

  /** The absolute path of a program; empty if there is no such executable file. */
  Optional<Path> find(String name) {
    if (name.indexOf('/') >= 0) {
      return executable(name);
    }
    for (String place : searchPath.split(File.pathSeparator, -1)) {
      Optional<Path> found = name.isEmpty() ? Optional.empty() : executable(place + "/" + name);
      if (found.isPresent() && !place.isEmpty()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private Optional<Path> executable(String path) {
    try {
      Path program = directory.resolve(path);
      boolean usable = Files.isRegularFile(program) && Files.isExecutable(program);
      return usable ? Optional.of(program) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
