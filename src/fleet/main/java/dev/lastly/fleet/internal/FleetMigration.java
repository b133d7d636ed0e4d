package dev.lastly.fleet.internal;

import dev.lastly.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;

/**
 * Brings the schema to the version of this program. Plain: one transaction under the lock of one
 * table, which needs no session, and so works behind a pooler, where Flyway's advisory lock does
 * not.
 */
final class FleetMigration {
  /** In order; a released one never changes. */
  private static final List<String> FILES = List.of("V1__fleet.sql");

  /** How often the creation of the schema by several processes at once is tried. */
  private static final int MOST_TRIES = 10;

  private FleetMigration() {}

  /**
   * Migrates. Does nothing if the schema is up to date.
   *
   * @throws StoreException if it cannot, or a newer program has migrated the schema
   */
  static void run(FleetDatabase database, String schema) {
    for (int tries = 1; ; tries++) {
      try {
        int unused =
            database.inTransaction(
                "migrate schema " + schema, FleetDatabase.Loss.NOTHING, db -> migrate(db, schema));
        return;
      } catch (StoreException e) {
        // Two processes that create the same name at once meet in the catalog, IF NOT EXISTS or
        // not.
        if (tries == MOST_TRIES || !e.isRefused()) {
          throw e;
        }
      }
    }
  }

  private static int migrate(FleetStatements db, String schema) throws SQLException {
    boolean exists =
        db.find(row -> 1, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", schema)
            .isPresent();
    if (!exists) {
      db.script("CREATE SCHEMA IF NOT EXISTS " + schema);
    }
    boolean begun =
        db.find(
                row -> 1,
                "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = ? AND tablename ="
                    + " 'migration'",
                schema)
            .isPresent();
    if (!begun) {
      db.script(
          "CREATE TABLE IF NOT EXISTS "
              + schema
              + ".migration (version integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT"
              + " now())");
    }
    int version = version(db);
    if (version == FILES.size()) {
      return version;
    }
    db.script("LOCK TABLE " + schema + ".migration IN ACCESS EXCLUSIVE MODE");
    version = version(db); // another process may have migrated meanwhile
    requireNotNewer(schema, version);
    for (int next = version + 1; next <= FILES.size(); next++) {
      db.script(text(FILES.get(next - 1)).replace("${schema}", schema));
      int unused = db.update("INSERT INTO @.migration (version) VALUES (?)", next);
    }
    return FILES.size();
  }

  private static void requireNotNewer(String schema, int version) {
    if (version > FILES.size()) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "schema %s has version %d, and this program knows %d at most: use a newer"
                  + " lastly-fleet",
              schema,
              version,
              FILES.size()));
    }
  }

  /**
   * Refuses a schema of another version, for a reader, which does not migrate.
   *
   * @throws StoreException if this program does not know that version
   */
  static void requireKnown(String schema, int version) {
    requireNotNewer(schema, version);
    if (version < FILES.size()) {
      throw new StoreException(
          String.format(
              Locale.ROOT,
              "schema %s has version %d, and this program reads version %d: use the lastly of the"
                  + " workers' release, or let a worker of this release join, which migrates it",
              schema,
              version,
              FILES.size()));
    }
  }

  static int version(FleetStatements db) throws SQLException {
    return db.find(
            row -> row.getInt("version"),
            "SELECT coalesce(max(version), 0) AS version FROM @.migration")
        .orElse(0);
  }

  private static String text(String file) {
    try (InputStream in =
        FleetMigration.class.getResourceAsStream("/dev/lastly/fleet/migrations/" + file)) {
      if (in == null) {
        throw new IllegalStateException(
            "lastly-fleet.jar lacks its migration "
                + file
                + "; was it repackaged without resources?");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read migration " + file, e);
    }
  }
}
