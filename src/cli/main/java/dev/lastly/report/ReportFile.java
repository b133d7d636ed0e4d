package dev.lastly.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * Where a page is written to. Never the state directory: a file that replaces the database would be
 * the end of it.
 *
 * @param file the file
 */
record ReportFile(Path file) {
  static ReportFile of(Path file, Path database) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path directory = absolute.getParent();
    if (directory == null || absolute.getFileName() == null) {
      throw new IllegalArgumentException("cannot write the report to " + file + ": no file");
    }
    if (directory.toRealPath().equals(database.toRealPath().getParent())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "the report was not written: %s is in the state directory, which belongs to Lastly;"
                  + " name a file elsewhere",
              file));
    }
    return new ReportFile(absolute);
  }

  /** Created with mode 0600, and moved into place. */
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
