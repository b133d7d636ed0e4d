package dev.lastly.internal.store;

import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What one read transaction sees. For one thread at a time. */
final class SqlSnapshot implements Records.Snapshot {
  private final Statements db;
  private final Path database;

  SqlSnapshot(Statements db, Path database) {
    this.db = db;
    this.database = database;
  }

  @Override
  public Records.Counts counts(Collection<Long> dead) {
    return read("count", () -> CountTable.counts(db, dead));
  }

  @Override
  public List<OwnerRecord> openOwners() {
    return read("list the owners", () -> OwnerTable.open(db));
  }

  @Override
  public List<Records.Owner> owners(long afterId, int limit) {
    return read("list the owners", () -> OwnerTable.page(db, afterId, limit));
  }

  @Override
  public List<FunctionRow> functions(
      FunctionFilter filter, Collection<Long> dead, long afterId, int limit) {
    return read("list functions", () -> FunctionPage.of(filter, dead, afterId, limit).read(db));
  }

  @Override
  public List<AttemptRow> attempts(long firstFunction, long lastFunction) {
    return read("list attempts", () -> HistoryTable.attempts(db, firstFunction, lastFunction));
  }

  @Override
  public Optional<FunctionLife> life(long functionId, Collection<Long> dead) {
    return read("read function " + functionId, () -> HistoryTable.life(db, functionId, dead));
  }

  @Override
  public List<Event> events(String after, int limit) {
    EventFeed.Place place = EventFeed.Place.of(after);
    return read("read the events", () -> EventFeed.page(db, place, limit));
  }

  @Override
  public List<Event> lastEvents(int limit) {
    return read("read the events", () -> EventFeed.tail(db, limit));
  }

  @Override
  public String lastPlace() {
    return read("read the events", () -> EventFeed.last(db).toString());
  }

  @Override
  public List<String> quickCheck() {
    return read(
        "check",
        () -> {
          List<String> lines = db.list(row -> Statements.text(row, 1, ""), "PRAGMA quick_check");
          return lines.equals(List.of("ok")) ? List.of() : lines;
        });
  }

  @FunctionalInterface
  private interface Reading<T> {
    T read() throws SQLException;
  }

  private <T> T read(String what, Reading<T> reading) {
    try {
      return reading.read();
    } catch (SQLException e) {
      throw SqlErrors.translate(what, database, e);
    }
  }
}
