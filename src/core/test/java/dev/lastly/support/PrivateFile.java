package dev.lastly.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that only this user can read, as those of secrets must be. */
public final class PrivateFile {
  private PrivateFile() {}

  /** Writes it. */
  public static Path write(Path file, String content) throws IOException {
    return Files.setPosixFilePermissions(
        Files.writeString(file, content), PosixFilePermissions.fromString("rw-------"));
  }
}
