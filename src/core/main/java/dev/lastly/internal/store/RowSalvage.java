package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.store.Witness.Testimony;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the rows that can be read out of a database with damaged pages. It copies each table by
 * ranges of ids into a new database: where a range cannot be read, each half of it is tried, down
 * to a single id. For one thread, on a copy that no other process uses.
 */
final class RowSalvage {
  private static final Logger log = LoggerFactory.getLogger(RowSalvage.class);

  /** How a damaged database is called once its rows are in a new one. */
  private static final String UNREAD = "unread.db";

  private static final String FUNCTIONS = "deferred_function";
  private static final int PAGE_SIZE_AT = 16;
  private static final int PAGE_COUNT_AT = 28;
  private static final int LONGEST_PAGE = 65_536;

  /** What refers to others comes after them. What a process reports again is left out. */
  private static final List<Table> TABLES =
      List.of(
          new Table("owner", "id"),
          new Table("job", "id"),
          new Table("code", "id"),
          new Table("claim", "id"),
          new Table(FUNCTIONS, "id"),
          new Table("attempt", "function_id"),
          new Table("operator_action", "id"),
          new Table("pruned", "id"));

  /**
   * No process can tell whether such an owner lives, because it is in no process table: a person
   * says so.
   */
  private static final String LOST_OWNERS =
      """
      INSERT INTO owner (id, pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label,
                         opened_at)
      SELECT owner_id, min(owner_pid), -1, min(owner_boot_id), '', -1, '', -1,
             'its row could not be salvaged', min(registered_at)
      FROM deferred_function WHERE owner_id NOT IN (SELECT id FROM owner) GROUP BY owner_id
      """;

  private static final String NOT_PRUNED =
      """
      INSERT INTO main.pruned (id, functions, jobs, claims, owners, change_no)
      SELECT 1, 0, 0, 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM main.pruned)
      """;

  private static final String LOST_JOBS =
      """
      INSERT INTO job (id, name, opened_by, opened_at)
      SELECT job_id, 'its row could not be salvaged', min(owner_id), min(registered_at)
      FROM deferred_function WHERE job_id NOT IN (SELECT id FROM job) GROUP BY job_id
      """;

  /**
   * A table.
   *
   * @param name its name
   * @param key the column by which it is ordered
   */
  private record Table(String name, String key) {
    String copying() {
      return String.format(
          Locale.ROOT,
          "INSERT INTO main.%s SELECT * FROM unread.%s WHERE %s BETWEEN ? AND ?",
          name,
          name,
          key);
    }
  }

  private final Path database;
  private final @Nullable Testimony testimony;
  private final StringJoiner losses = new StringJoiner(", ");

  private RowSalvage(Path database, @Nullable Testimony testimony) {
    this.database = database;
    this.testimony = testimony;
  }

  /**
   * Mends a database: its indexes, if only they are damaged; else it becomes a new one with the
   * rows that can be read, and the damaged one stays beside it.
   *
   * @param testimony what the witness says, or null
   * @return what could not be read, in words; empty if that is nothing
   * @throws SQLException if no row can be read
   */
  static String mend(Path database, @Nullable Testimony testimony)
      throws IOException, SQLException {
    lengthen(database);
    return isSound(database) ? "" : new RowSalvage(database, testimony).copyRows();
  }

  /** SQLite refuses a file that is shorter than its header says. Zeros are no sound page. */
  private static void lengthen(Path database) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
      if (file.length() < PAGE_COUNT_AT + Integer.BYTES) {
        return;
      }
      file.seek(PAGE_SIZE_AT);
      int stated = file.readUnsignedShort();
      long pageBytes = stated == 1 ? LONGEST_PAGE : stated;
      file.seek(PAGE_COUNT_AT);
      long bytes = pageBytes * Integer.toUnsignedLong(file.readInt());
      if (pageBytes == Migration.PAGE_BYTES && bytes > file.length()) {
        file.setLength(bytes);
      }
    }
  }

  private static boolean isSound(Path database) {
    try (Statements db = Statements.of(SqliteSource.schema(database, 0, null))) {
      if (isSound(db)) {
        return true;
      }
      db.execute("REINDEX");
      return isSound(db);
    } catch (SQLException e) {
      return false; // the rows of a table cannot be read in order
    }
  }

  private static boolean isSound(Statements db) throws SQLException {
    return db.text("PRAGMA integrity_check(1)").equals("ok");
  }

  private String copyRows() throws IOException, SQLException {
    requireSchema();
    Path unread = database.resolveSibling(UNREAD);
    Files.move(database, unread);
    for (String suffix : List.of("-wal", "-shm")) {
      Files.deleteIfExists(Path.of(database + suffix));
    }
    new Migration(database, SqliteSource.schema(database, 0, null)).run();
    try (Statements db = Statements.of(SqliteSource.schema(database, 0, null))) {
      int unused = db.update("ATTACH ? AS unread", SqliteFile.uri(unread));
      db.execute("PRAGMA foreign_keys = OFF");
      db.execute("PRAGMA synchronous = OFF"); // each range is a transaction; this can run again
      List<String> triggers = dropTriggers(db);
      db.execute("DELETE FROM main.pruned");
      for (Table table : TABLES) {
        copy(db, table);
      }
      for (String rest : List.of(NOT_PRUNED, LOST_OWNERS, LOST_JOBS)) {
        db.execute(rest);
      }
      copyStoreId(db);
      for (String trigger : triggers) {
        db.execute(trigger);
      }
      db.execute("PRAGMA synchronous = FULL");
      boolean all = db.list(row -> row.getInt(1), "PRAGMA wal_checkpoint(TRUNCATE)").contains(0);
      return all ? losses.toString() : losses + ", and it is not synced";
    }
  }

  /** Nothing is moved away if SQLite cannot even find the tables. */
  private void requireSchema() throws SQLException {
    try (Statements db = Statements.of(SqliteSource.copy(database))) {
      long unused = db.number("SELECT count(*) FROM sqlite_schema");
    }
  }

  /** They hold for the steps of a life, and here rows come as they are. Returns their texts. */
  private static List<String> dropTriggers(Statements db) throws SQLException {
    List<String> texts =
        db.list(
            row -> row.getString(1), "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger'");
    for (String name :
        db.list(
            row -> row.getString(1),
            "SELECT name FROM main.sqlite_schema WHERE type = 'trigger'")) {
      db.execute("DROP TRIGGER main." + name);
    }
    return texts;
  }

  private void copy(Statements db, Table table) throws SQLException {
    long highest = highest(db, table);
    long lost = copy(db, table, 1, highest);
    if (lost > 0) {
      losses.add(String.format(Locale.ROOT, "%s: %d ids", table.name(), lost));
    }
    if (db.update("UPDATE main.sqlite_sequence SET seq = ? WHERE name = ?", highest, table.name())
        == 0) {
      log.debug("no id of {} was given", table.name());
    }
  }

  /** Returns how many ids could not be read. */
  private static long copy(Statements db, Table table, long first, long last) {
    if (first > last) {
      return 0;
    }
    try {
      int unused = db.update(table.copying(), first, last);
      return 0;
    } catch (SQLException e) {
      log.trace("cannot read {} {} to {}", table.name(), first, last, e);
    }
    if (first == last) {
      return 1;
    }
    long middle = first + (last - first) / 2;
    return copy(db, table, first, middle) + copy(db, table, middle + 1, last);
  }

  private long highest(Statements db, Table table) {
    long known =
        Math.max(
            numberIfReadable(
                db, "SELECT ifnull(max(" + table.key() + "), 0) FROM unread." + table.name()),
            numberIfReadable(
                db,
                "SELECT ifnull(max(seq), 0) FROM unread.sqlite_sequence WHERE name = ?",
                table.key().equals("id") ? table.name() : FUNCTIONS));
    if (known == 0 && testimony != null && table.name().equals(FUNCTIONS)) {
      return testimony.reach().function();
    }
    return known;
  }

  private static long numberIfReadable(Statements db, String query, Object... values) {
    try {
      return db.number(query, values);
    } catch (SQLException e) {
      log.debug("cannot read: {}", query, e);
      return 0;
    }
  }

  private void copyStoreId(Statements db) throws SQLException {
    db.execute("DELETE FROM main.store");
    try {
      db.execute("INSERT INTO main.store (id) SELECT id FROM unread.store LIMIT 1");
    } catch (SQLException e) {
      losses.add("store: its id");
    }
    int unused =
        db.update(
            "INSERT INTO main.store (id) SELECT ifnull(?, lower(hex(randomblob(16))))"
                + " WHERE NOT EXISTS (SELECT 1 FROM main.store)",
            testimony == null ? null : testimony.storeId());
  }
}
