package dev.lastly.internal.store;

import dev.lastly.internal.sqlite.Place;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Locale;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A database whose schema is current.
 *
 * @param place the file that it is
 * @param open a connection to that very file for the writer, the one that has looked at the schema.
 *     To close it and open another would, where nobody else has the database open, have SQLite
 *     remove the write-ahead log and make it anew
 */
record UpToDate(Place place, Statements open) {
  private static final int BUSY_MILLIS = 30_000;

  /** How often a person may delete or replace the file while this process opens it. */
  private static final int MAX_TRIES = 20;

  /**
   * Creates the database if need be.
   *
   * @throws StoreException if it cannot be used; it is then as it was
   */
  static UpToDate ensure(StoreConfig config) {
    for (int i = 0; i < MAX_TRIES; i++) {
      Place place = new Place(config.database());
      Statements open = openIfCurrent(config, place);
      if (open != null) {
        return new UpToDate(place, open);
      }
      create(config);
    }
    throw new StoreException(
        String.format(
            Locale.ROOT,
            "%s was deleted or replaced %d times while it was being created; stop whatever removes"
                + " it",
            config.database(),
            MAX_TRIES));
  }

  private static @Nullable Statements openIfCurrent(StoreConfig config, Place place) {
    DataSource source = SqliteSource.schema(config.database(), BUSY_MILLIS, place);
    Schema schema = new Schema(config.database(), config.wrapper().apply(source));
    try {
      Statements open = schema.openIfCurrent();
      if (open != null) {
        prepareForWriting(open, config.database());
      }
      return open;
    } catch (StoreException e) {
      if (place.isKept()) {
        throw e;
      }
      return null; // a person has deleted it just now, and a worker perhaps made it again
    }
  }

  private static void prepareForWriting(Statements open, Path database) {
    boolean prepared = false;
    try {
      open.execute(SqliteSource.NO_BUSY_HANDLER);
      prepared = true;
    } catch (SQLException e) {
      throw SqlErrors.translate("open for writing", database, e);
    } finally {
      if (!prepared) {
        open.close();
      }
    }
  }

  /** For when no writer took the connection. */
  void close() {
    open.close();
  }

  private static void create(StoreConfig config) {
    Path database = config.database();
    DataSource source = config.wrapper().apply(SqliteSource.schema(database, BUSY_MILLIS, null));
    Schema schema = new Schema(database, source);
    try (StoreConfig.ExclusiveLock held = config.firstOpen().get()) {
      if (!schema.isCurrent()) {
        new Migration(database, source).run();
      }
    }
  }
}
