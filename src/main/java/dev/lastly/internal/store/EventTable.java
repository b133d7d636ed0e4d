package dev.lastly.internal.store;

import dev.lastly.model.Event;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The feed of events: the rows of {@code event}, and between them the registrations, which have
 * their place by arithmetic (see the migration).
 */
final class EventTable {
  static final String LAST_PLACE =
      "SELECT ifnull((SELECT max(id) FROM event), 0) + functions FROM event_now";

  static final String OLDEST = "SELECT id, functions FROM event ORDER BY id LIMIT 1";

  static final String NEWEST = "SELECT id, functions FROM event ORDER BY id DESC LIMIT 1";

  static final String AT_MOST =
      "SELECT id, functions FROM event WHERE id <= ? ORDER BY id DESC LIMIT 1";

  static final String RECORDED =
      """
      SELECT id, functions, at_ms, kind, function_id, job_id, owner_id, attempt, outcome, subject,
             detail
      FROM event_detail WHERE id > ? ORDER BY id LIMIT ?
      """;

  static final String REGISTERED =
      """
      SELECT f.id, f.registered_at, f.job_id, j.opened_by, f.name
      FROM deferred_function f LEFT JOIN job j ON j.id = f.job_id
      WHERE f.id > ? ORDER BY f.id LIMIT ?
      """;

  private EventTable() {}

  /** Where an event stands. */
  private record Mark(long id, long functions) {
    long place() {
      return id + functions;
    }
  }

  /** An event of the table, with its id there. */
  private record Recorded(Mark mark, Event event) {}

  /** A registration, to be placed. */
  private record Registered(
      long functionId, Instant at, long jobId, @Nullable Long ownerId, String name) {
    Event at(long place) {
      return new Event(
          place, at, Event.Kind.REGISTERED, functionId, jobId, ownerId, null, null, name, null);
    }
  }

  static List<Event> page(Statements db, long afterPlace, int limit) throws SQLException {
    Mark before = lastUpTo(db, afterPlace);
    long after = Math.max(afterPlace, before.place());
    List<Recorded> recorded = db.list(EventTable::recorded, RECORDED, before.id(), limit);
    List<Registered> registered =
        db.list(EventTable::registered, REGISTERED, after - before.id(), limit);
    return merge(before.id(), recorded.iterator(), registered.iterator(), limit);
  }

  private static List<Event> merge(
      long before, Iterator<Recorded> recorded, Iterator<Registered> registered, int limit) {
    List<Event> page = new ArrayList<>();
    long last = before;
    Recorded next = next(recorded);
    Registered function = next(registered);
    while (page.size() < limit && (next != null || function != null)) {
      if (function != null && (next == null || function.functionId() <= next.mark().functions())) {
        page.add(function.at(last + function.functionId()));
        function = next(registered);
      } else if (next != null) {
        page.add(next.event());
        last = next.mark().id();
        next = next(recorded);
      }
    }
    return page;
  }

  private static <T> @Nullable T next(Iterator<T> iterator) {
    return iterator.hasNext() ? iterator.next() : null;
  }

  /**
   * The last event up to a place; if that is earlier than the oldest one that is kept, what comes
   * right before it: nothing at all, if none was ever pruned.
   */
  private static Mark lastUpTo(Statements db, long place) throws SQLException {
    List<Mark> oldest = db.list(EventTable::mark, OLDEST);
    if (oldest.isEmpty()) {
      throw SqlErrors.damaged("the table event is empty; its newest row is never deleted");
    }
    Mark first = oldest.get(0);
    if (first.place() > place) {
      return first.id() == 1 ? new Mark(0, 0) : new Mark(first.id() - 1, first.functions());
    }
    return search(db, first, db.list(EventTable::mark, NEWEST).get(0), place);
  }

  /** Ids have no gaps and places grow with them, so halving finds it in some twenty look-ups. */
  private static Mark search(Statements db, Mark first, Mark newest, long place)
      throws SQLException {
    Mark low = first; // not after the place
    long high = newest.id() + 1; // after it
    while (high - low.id() > 1) {
      long middle = low.id() + (high - low.id()) / 2;
      Mark mark = db.list(EventTable::mark, AT_MOST, middle).get(0);
      if (mark.place() > place) {
        high = mark.id();
      } else if (mark.id() > low.id()) {
        low = mark;
      } else {
        high = middle; // a gap, which only damage can make
      }
    }
    return low;
  }

  private static Mark mark(ResultSet row) throws SQLException {
    return new Mark(row.getLong(1), row.getLong(2));
  }

  private static Registered registered(ResultSet row) throws SQLException {
    return new Registered(
        row.getLong(1),
        Statements.instant(row, 2),
        row.getLong(3),
        Statements.longOrNull(row, 4),
        Statements.text(row, 5, ""));
  }

  private static Recorded recorded(ResultSet row) throws SQLException {
    Mark mark = mark(row);
    Long attempt = Statements.longOrNull(row, 8);
    return new Recorded(
        mark,
        new Event(
            mark.place(),
            Statements.instant(row, 3),
            kind(Statements.text(row, 4, "")),
            Statements.longOrNull(row, 5),
            Statements.longOrNull(row, 6),
            Statements.longOrNull(row, 7),
            attempt == null ? null : (Integer) attempt.intValue(),
            HistoryTable.outcome(row, 9),
            Statements.text(row, 10, ""),
            row.getString(11)));
  }

  private static Event.Kind kind(String text) throws SQLException {
    return Arrays.stream(Event.Kind.values())
        .filter(kind -> kind.columnValue().equals(text))
        .findFirst()
        .orElseThrow(() -> SqlErrors.damaged("no event is of the kind '" + text + "'"));
  }
}
