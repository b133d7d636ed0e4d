package dev.lastly.internal.store;

import dev.lastly.model.StoreException;
import java.nio.file.Path;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A database whose schema is current.
 *
 * @param place the file that it is
 * @param open a connection to it for the writer, the one that has looked at the schema; null if
 *     there is none. To close it and open another would, where nobody else has the database open,
 *     have SQLite remove the write-ahead log and make it anew
 */
record UpToDate(Place place, @Nullable Statements open) {
  private static final int BUSY_MILLIS = 30_000;

  /**
   * Creates the database if need be.
   *
   * @throws StoreException if it cannot be used; it is then as it was
   */
  static UpToDate ensure(StoreConfig config) {
    Place place = new Place(config.database());
    Statements open = openIfCurrent(config, place);
    if (open != null) {
      return new UpToDate(place, open);
    }
    create(config);
    return new UpToDate(new Place(config.database()), null);
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
      return null; // removed just now, and perhaps made again
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
    if (open != null) {
      open.close();
    }
  }

  private static void create(StoreConfig config) {
    Path database = config.database();
    DataSource source = config.wrapper().apply(SqliteSource.schema(database, BUSY_MILLIS, null));
    Schema schema = new Schema(database, source);
    try (ExclusiveLock held = config.firstOpen().get()) {
      if (schema.isRemoved()) {
        Store.deleteFiles(database); // whoever began this has died, or we would not hold the lock
      }
      if (!schema.isCurrent()) {
        new Migration(database, source).run();
      }
    }
  }
}
