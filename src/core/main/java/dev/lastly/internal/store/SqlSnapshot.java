package dev.lastly.internal.store;

import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OperatorActionRow;
import dev.lastly.model.WaitingReason;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The view of one read transaction. Holds the statements on a function's history (attempts, claims,
 * operators' acts) and uses the other tables' classes for the rest. For one thread at a time.
 */
final class SqlSnapshot implements Records.Snapshot {
  static final String ATTEMPTS =
      """
      SELECT function_id, number, owner_id, started_at, finished_at, outcome, substr(error, 1, 8192),
             substr(output, 1, 8192)
      FROM function_attempt WHERE function_id BETWEEN ? AND ? ORDER BY function_id, number
      """;

  /** Follows the claims that moved a function, from the last one backwards. */
  static final String CLAIMS =
      """
      WITH RECURSIVE c (id, number) AS (
        SELECT claim_id, claim_no FROM deferred_function WHERE id = ? AND claim_id IS NOT NULL
        UNION ALL
        SELECT k.earlier, c.number - 1 FROM c JOIN claim k ON k.id = c.id WHERE k.earlier IS NOT NULL)
      SELECT k.id, k.from_owner, k.to_owner, k.claimed_at, k.verdict, k.evidence, k.rows
      FROM c JOIN claim k ON k.id = c.id ORDER BY c.number
      """;

  static final String ACTIONS =
      """
      SELECT id, acted_at, os_user, action, function_id, owner_id, reason
      FROM operator_action WHERE function_id = ? ORDER BY id
      """;

  private final Statements db;
  private final Path database;

  SqlSnapshot(Statements db, Path database) {
    this.db = db;
    this.database = database;
  }

  @Override
  public Records.Counts counts(OwnerVerdicts verdicts) {
    return read("count", () -> counted(verdicts));
  }

  private Records.Counts counted(OwnerVerdicts verdicts) throws SQLException {
    CountTable.Counted counted = CountTable.counts(db, verdicts);
    List<WaitingReason.SameReason> waiting = new ArrayList<>();
    for (CountTable.Example example : counted.examples()) {
      FunctionPage.ofOne(example.function(), surroundings(verdicts))
          .readOneIfSound(db)
          .map(FunctionRow::waiting)
          .ifPresent(why -> waiting.add(new WaitingReason.SameReason(example.functions(), why)));
    }
    return counted.counts(waiting);
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
      FunctionFilter filter, OwnerVerdicts verdicts, long afterId, int limit) {
    return read(
        "list functions",
        () -> FunctionPage.of(filter, surroundings(verdicts), afterId, limit).read(db));
  }

  @Override
  public List<AttemptRow> attempts(long firstFunction, long lastFunction) {
    return read("list attempts", () -> readAttempts(firstFunction, lastFunction));
  }

  @Override
  public Optional<FunctionLife> life(long functionId, OwnerVerdicts verdicts) {
    return read("read function " + functionId, () -> readLife(functionId, verdicts));
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

  private List<AttemptRow> readAttempts(long firstFunction, long lastFunction) throws SQLException {
    return db.list(SqlSnapshot::attempt, ATTEMPTS, firstFunction, lastFunction);
  }

  private Optional<FunctionLife> readLife(long id, OwnerVerdicts verdicts) throws SQLException {
    List<FunctionRow> rows = FunctionPage.ofOne(id, surroundings(verdicts)).readOne(db);
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    FunctionRow row = rows.get(0);
    return Optional.of(
        new FunctionLife(
            row,
            readAttempts(id, id),
            db.list(SqlSnapshot::claim, CLAIMS, id),
            db.list(SqlSnapshot::action, ACTIONS, id)));
  }

  private FunctionPage.Surroundings surroundings(OwnerVerdicts verdicts) {
    return new FunctionPage.Surroundings(verdicts, database.resolveSibling("..").normalize());
  }

  private static AttemptRow attempt(ResultSet row) throws SQLException {
    return new AttemptRow(
        row.getLong(1),
        row.getInt(2),
        row.getLong(3),
        Statements.instant(row, 4),
        Statements.instantOrNull(row, 5),
        AttemptTable.outcomeIfKnown(row, 6),
        row.getString(7),
        row.getString(8));
  }

  private static ClaimRow claim(ResultSet row) throws SQLException {
    return new ClaimRow(
        row.getLong(1),
        row.getLong(2),
        row.getLong(3),
        Statements.instant(row, 4),
        Statements.text(row, 5, ""),
        Statements.text(row, 6, ""),
        row.getLong(7));
  }

  private static OperatorActionRow action(ResultSet row) throws SQLException {
    return new OperatorActionRow(
        row.getLong(1),
        Statements.instant(row, 2),
        Statements.text(row, 3, ""),
        Statements.text(row, 4, ""),
        Statements.longOrNull(row, 5),
        Statements.longOrNull(row, 6),
        Statements.text(row, 7, ""));
  }
}
