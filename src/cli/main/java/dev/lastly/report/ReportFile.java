package dev.lastly.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * The file to which a page is written. It must not be in the state directory, where it could
 * replace the database.
 *
 * @param file the file
 */
record ReportFile(Path file) {
  static ReportFile of(Path file, Path database) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path directory = absolute.getParent();
    if (directory == null || absolute.getFileName() == null) {
      throw new IllegalArgumentException(
          "cannot write the report to " + file + ", which is not a file; give the path of a file");
    }
    if (directory.toRealPath().equals(database.toRealPath().getParent())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the report was not written: %s is in the state directory, which belongs to Lastly;"
                  + " give a file in another directory",
              file));
    }
    return new ReportFile(absolute);
  }

  /** Writes a temporary file of mode 0600 and moves it into place. */
  void write(String page) throws IOException {
    Path part = Files.createTempFile(file.getParent(), ".lastly-report-", ".part");
    try {
      Files.writeString(part, page);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
