package dev.lastly.internal.store;

import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.sqlite.LogFile;
import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.store.Witness.Reach;
import dev.lastly.internal.store.Witness.Testimony;
import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gets out of a damaged store what can be read, into a state directory of its own. It reads the
 * database and its write-ahead log without SQLite, and changes neither. Stateless.
 */
public final class Salvage {
  private Salvage() {}

  /**
   * A salvaged store.
   *
   * @param directory its state directory: {@code lastly --state-dir} works on the parent of it
   * @param functions how many functions it holds; -1 if SQLite cannot read it
   * @param unfinished how many of them have not finished
   * @param missing how many acknowledged functions it lacks, as far as is known
   * @param broken how many pages of the log were broken, or belonged to a transaction with such a
   *     page
   * @param problem what could not be read, or what SQLite says to what was; empty if all was read
   */
  public record Salvaged(
      Path directory, long functions, long unfinished, long missing, int broken, String problem) {}

  /**
   * Salvages a store, and each one that was moved aside in its directory.
   *
   * @param database the path of the database, which may be missing
   * @param target a directory to fill; it must be empty or not exist
   * @return one for each store of which anything is left
   * @throws StoreException if the target is not empty, the files cannot be read or written, or this
   *     JVM has the database open
   */
  public static List<Salvaged> run(Path database, Path target) {
    try (SqliteCopies alone = SqliteCopies.enterAlone(database)) {
      requireEmpty(target);
      List<Salvaged> all = new ArrayList<>();
      List<Path> logs = new ArrayList<>(); // those that were kept of the database in its place
      for (Path aside : Remains.all(database)) {
        Path moved = aside.resolve(database.getFileName());
        if (Files.exists(moved) || Files.exists(Witness.beside(moved))) {
          logs.add(log(moved));
          salvage(moved, logs, target.resolve(aside.getFileName())).ifPresent(all::add);
          logs.clear();
        } else {
          logs.add(log(moved));
        }
      }
      logs.add(log(database));
      salvage(database, logs, target).ifPresent(all::add);
      return all;
    } catch (IOException e) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "cannot salvage %s into %s: %s; free some space there, or run this as the workers'"
                  + " user or as root",
              database,
              target,
              e),
          e);
    }
  }

  private static void requireEmpty(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    try (var entries = Files.list(target)) {
      if (entries.findAny().isPresent()) {
        throw new StoreException(target + " is not empty; name a directory to make");
      }
    }
  }

  private static Path log(Path database) {
    return Path.of(database + "-wal");
  }

  private static Optional<Salvaged> salvage(Path database, List<Path> logs, Path base)
      throws IOException {
    Path made = base.resolve("deferred").resolve("deferred.db");
    Testimony testimony = Witness.read(database, null);
    List<LogFile> read = new ArrayList<>();
    for (Path log : logs) {
      if (Files.exists(log)) {
        LogFile.read(log, Migration.PAGE_BYTES).ifPresent(read::add);
      }
    }
    boolean hasDatabase = Files.exists(database) && Files.size(database) > 0;
    if (!hasDatabase && read.isEmpty()) {
      return Optional.empty();
    }
    Posix.createPrivateDirectories(made.resolveSibling(""));
    if (hasDatabase) {
      Files.copy(database, made);
      Posix.makePrivate(made);
    } else {
      // A log holds the pages that were changed since they were last moved to the database. Of a
      // young store that is all but the schema.
      new Migration(made, SqliteSource.schema(made, 0, null)).run();
    }
    write(read, made);
    int broken = read.stream().mapToInt(LogFile::broken).sum();
    return Optional.of(describe(made, testimony, broken, mend(made, testimony)));
  }

  private static String mend(Path made, @Nullable Testimony testimony) throws IOException {
    SqliteFile.prepare(made);
    try {
      return RowSalvage.mend(made, testimony);
    } catch (SQLException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void write(List<LogFile> logs, Path made) throws IOException {
    try (FileChannel out = FileChannel.open(made, StandardOpenOption.WRITE)) {
      for (LogFile log : logs) {
        for (Map.Entry<Long, byte[]> page : log.pages().entrySet()) {
          out.write(ByteBuffer.wrap(page.getValue()), (page.getKey() - 1) * log.pageBytes());
        }
        out.truncate(log.databasePages() * log.pageBytes());
      }
      out.force(true);
    }
  }

  private static Salvaged describe(
      Path made, @Nullable Testimony testimony, int broken, String lost) {
    Path directory = made.resolveSibling("");
    try (Statements db = new Statements(SqliteSource.copy(made).getConnection())) {
      String check = db.text("PRAGMA integrity_check(1)");
      Reach held = Reach.of(db);
      long functions = db.number("SELECT count(*) FROM deferred_function");
      long given = (testimony == null ? held : held.or(testimony.reach())).function();
      return new Salvaged(
          directory,
          functions,
          db.number("SELECT count(*) FROM deferred_function WHERE finished_at IS NULL"),
          // Ids have no gaps, so each that is missing was pruned or is lost.
          Math.max(0, given - functions - db.number("SELECT functions FROM pruned")),
          broken,
          check.equals("ok") ? lost : check);
    } catch (SQLException e) {
      return new Salvaged(directory, -1, -1, -1, broken, String.valueOf(e.getMessage()));
    }
  }
}
