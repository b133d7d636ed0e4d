package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.posix.StorageFault;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies one snapshot of the database by {@code VACUUM INTO}. A plain copy of the file would lack
 * the contents of the write-ahead log, and reading the file by Java I/O would drop this process's
 * locks. SQLite's backup API restarts whenever a worker writes, so beside busy workers it would
 * never end. Stateless.
 */
final class BackupFile {
  private BackupFile() {}

  /**
   * Writes the backup. The file gets its name only when it is complete, checked and synced.
   *
   * @throws StoreException if the target exists, the disk is full, or the copy is damaged; no file
   *     is left then
   */
  static void write(SqliteSource source, Path database, Path target) {
    Path file = target.toAbsolutePath();
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    if (Files.exists(file)) {
      throw exists(file, null);
    }
    try {
      create(partial);
      try {
        copy(source, database, partial);
        check(partial);
        sync(partial);
        Files.move(partial, file); // refuses to replace
        Posix.syncNames(parent(file));
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (FileAlreadyExistsException e) {
      throw exists(Path.of(e.getFile()), e);
    } catch (IOException e) {
      throw new StoreException(
          "cannot write the backup " + file + ": " + e + StorageFault.adviceOn(e, file), e);
    }
  }

  private static Path parent(Path file) {
    Path parent = file.getParent();
    return parent == null ? file : parent;
  }

  private static StoreException exists(Path file, @Nullable Exception cause) {
    return new StoreException(
        file
            + " exists, and a backup never replaces a file. Choose another name, or remove the file"
            + " if no other backup is being written",
        cause);
  }

  /** Creates an empty file with mode 0600: SQLite would let other users read it. */
  private static void create(Path partial) throws IOException {
    FileChannel.open(
            partial,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            Posix.privateFile())
        .close();
  }

  private static void copy(SqliteSource source, Path database, Path partial) {
    try (Connection connection = source.getConnection()) {
      new Statements(connection).update("VACUUM INTO ?", SqliteFile.uri(partial));
    } catch (SQLException e) {
      throw SqlErrors.translate("copy to " + partial, database, e);
    }
  }

  private static void check(Path copy) {
    try (Connection connection = SqliteSource.copy(copy).getConnection()) {
      Statements db = new Statements(connection);
      List<String> found = db.list(row -> Statements.text(row, 1, ""), "PRAGMA quick_check");
      if (!found.equals(List.of("ok"))) {
        throw new StoreException("the copy " + copy + " is damaged: " + found + "; try again");
      }
      Schema.requireUsable(db, copy);
    } catch (SQLException e) {
      throw SqlErrors.translate("check", copy, e);
    }
  }

  private static void sync(Path copy) throws IOException {
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
