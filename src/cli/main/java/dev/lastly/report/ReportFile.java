package dev.lastly.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Objects;

/**
 * The file to which a page is written. It must not be in the state directory, where it could
 * replace the database.
 *
 * @param file the file
 */
record ReportFile(Path file) {
  static ReportFile of(Path file) {
    Path absolute = file.toAbsolutePath();
    if (absolute.getParent() == null || absolute.getFileName() == null) {
      throw new IllegalArgumentException(
          "cannot write the report to " + file + ", which is not a file; give the path of a file");
    }
    return new ReportFile(absolute);
  }

  /** This file, if it is not in the directory of the database. */
  ReportFile outside(Path database) throws IOException {
    if (directory().toRealPath().equals(database.toRealPath().getParent())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the report was not written: %s is in the state directory, which belongs to Lastly;"
                  + " give a file in another directory",
              file));
    }
    return this;
  }

  private Path directory() {
    return Objects.requireNonNull(file.getParent(), "parent");
  }

  /** Writes a temporary file of mode 0600 and moves it into place. */
  void write(String page) throws IOException {
    Path part = Files.createTempFile(directory(), ".lastly-report-", ".part");
    try {
      Files.writeString(part, page);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
