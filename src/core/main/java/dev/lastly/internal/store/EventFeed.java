package dev.lastly.internal.store;

import dev.lastly.internal.spi.Log;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.model.Event;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The feed of events, derived from the rows. It merges two series, each in commit order:
 * registrations, by function id, and all other events, by change number (see the view {@code
 * change}). Times order the two series against each other, except that the registration always
 * precedes the other events of its function.
 */
final class EventFeed {
  /** The lowest change number, not below the given one, that still has an event. */
  static final String NEXT_NUMBER =
      """
      SELECT min(n) FROM (
        SELECT min(finished_no) AS n FROM deferred_function WHERE finished_no >= ?1
        UNION ALL SELECT min(begun_no) FROM deferred_function WHERE begun_no >= ?1
        UNION ALL SELECT min(begun_no) FROM attempt WHERE begun_no >= ?1
        UNION ALL SELECT min(ended_no) FROM attempt WHERE ended_no >= ?1
        UNION ALL SELECT min(change_no) FROM claim WHERE change_no >= ?1
        UNION ALL SELECT min(change_no) FROM operator_action WHERE change_no >= ?1
        UNION ALL SELECT min(opened_no) FROM owner WHERE opened_no >= ?1
        UNION ALL SELECT min(ended_no) FROM owner WHERE ended_no >= ?1
        UNION ALL SELECT change_no FROM pruned WHERE pruned_at IS NOT NULL AND change_no >= ?1)
      """;

  /** One change number stands for one event, or for one event of each of several functions. */
  static final String CHANGES =
      """
      SELECT change_no, at_ms, kind, function_id, job_id, owner_id, attempt, outcome, substr(subject, 1, 8192),
             substr(detail, 1, 8192)
      FROM change_event WHERE change_no BETWEEN ? AND ?
      ORDER BY change_no, function_id LIMIT ?
      """;

  static final String REGISTERED =
      """
      SELECT f.id, f.registered_at, f.job_id, j.opened_by, substr(code.name, 1, 8192)
      FROM deferred_function f LEFT JOIN job j ON j.id = f.job_id LEFT JOIN code ON code.id = f.code_id
      WHERE f.id > ? ORDER BY f.id LIMIT ?
      """;

  /** An upper bound on the functions that one statement begins or ends. */
  private static final int MOST_OF_ONE_CHANGE = 256;

  private static final Log log = Log.of(EventFeed.class);

  private EventFeed() {}

  /**
   * A reader's place in the feed.
   *
   * @param function the function id of the last registration read
   * @param change the change number of the last other event read
   * @param within the function id of that event, because one change can concern several functions;
   *     else 0
   */
  record Place(long function, long change, long within) {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})\\.(\\d{1,18})\\.(\\d{1,18})");

    static Place of(String text) {
      if (text.equals(Event.BEGINNING)) {
        return new Place(0, 0, 0);
      }
      Matcher parts = TEXT.matcher(text);
      if (!parts.matches()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "'%s' is not a place in the feed; expected the id of an event, three numbers like"
                    + " 12.345.0, or %s for the beginning",
                text,
                Event.BEGINNING));
      }
      return new Place(
          Long.parseLong(parts.group(1)),
          Long.parseLong(parts.group(2)),
          Long.parseLong(parts.group(3)));
    }

    @Override
    public String toString() {
      return function + "." + change + "." + within;
    }
  }

  /** The last events of the feed; fewer than {@code limit} if many have been pruned. */
  static List<Event> tail(Statements db, int limit) throws SQLException {
    Place end = last(db);
    Place from =
        new Place(
            Math.max(0, end.function() - limit), Math.max(0, end.change() - limit), end.within());
    List<Event> events = page(db, from, limit * (2 + MOST_OF_ONE_CHANGE));
    return events.subList(Math.max(0, events.size() - limit), events.size());
  }

  /** The end of the feed. */
  static Place last(Statements db) throws SQLException {
    return new Place(
        db.number(FunctionTable.HIGHEST_ID),
        db.number("SELECT last FROM change"),
        Long.MAX_VALUE / 10);
  }

  static List<Event> page(Statements db, Place after, int limit) throws SQLException {
    List<Change> changes = changes(db, after, limit);
    List<RegisteredRow> registrations =
        db.list(EventFeed::registration, REGISTERED, after.function(), limit);
    return merge(after, changes.iterator(), registrations.iterator(), limit);
  }

  private record Change(long number, Event event) {
    long function() {
      Long function = event.functionId();
      return function == null ? 0 : function;
    }
  }

  private record RegisteredRow(
      long functionId, Instant at, long jobId, @Nullable Long ownerId, String name) {}

  private static List<Change> changes(Statements db, Place after, int limit) throws SQLException {
    List<Change> changes = new ArrayList<>();
    long last = db.number("SELECT last FROM change");
    long from = after.change();
    while (changes.size() < limit && from <= last) {
      from = db.number(NEXT_NUMBER, Math.max(1, from)); // 0 if there is none
      if (from == 0) {
        break;
      }
      long to = from + limit;
      for (Optional<Change> read :
          db.list(EventFeed::change, CHANGES, from, to, limit + MOST_OF_ONE_CHANGE)) {
        read.filter(next -> next.number() != after.change() || next.function() > after.within())
            .ifPresent(changes::add);
      }
      from = to + 1;
    }
    return changes;
  }

  private static List<Event> merge(
      Place after, Iterator<Change> changes, Iterator<RegisteredRow> registrations, int limit) {
    List<Event> page = new ArrayList<>();
    Place place = after;
    Change change = next(changes);
    RegisteredRow registration = next(registrations);
    while (page.size() < limit && (change != null || registration != null)) {
      if (registration != null && (change == null || isFirst(registration, change))) {
        place = new Place(registration.functionId(), place.change(), place.within());
        page.add(event(registration, place));
        registration = next(registrations);
      } else if (change != null) {
        place = new Place(place.function(), change.number(), change.function());
        page.add(change.event().at(place.toString()));
        change = next(changes);
      }
    }
    return page;
  }

  private static boolean isFirst(RegisteredRow registration, Change change) {
    return change.function() >= registration.functionId()
        || registration.at().isBefore(change.event().at());
  }

  private static <T> @Nullable T next(Iterator<T> iterator) {
    return iterator.hasNext() ? iterator.next() : null;
  }

  private static Event event(RegisteredRow r, Place place) {
    Event.Draft event = new Event.Draft();
    event.id = place.toString();
    event.at = r.at();
    event.kind = Event.Kind.REGISTERED;
    event.functionId = r.functionId();
    event.jobId = r.jobId();
    event.ownerId = r.ownerId();
    event.subject = r.name();
    return event.event();
  }

  private static RegisteredRow registration(ResultSet row) throws SQLException {
    return new RegisteredRow(
        row.getLong(1),
        Statements.instant(row, 2),
        row.getLong(3),
        Statements.longOrNull(row, 4),
        Statements.text(row, 5, ""));
  }

  /** A change; empty if it is none, because its row is damaged: it must not hide the others. */
  private static Optional<Change> change(ResultSet row) throws SQLException {
    String text = Statements.text(row, 3, "");
    Optional<Event.Kind> kind =
        Arrays.stream(Event.Kind.values()).filter(k -> k.columnValue().equals(text)).findFirst();
    if (kind.isEmpty()) {
      log.warn(
          "an event of function {} is left out: its kind is '{}', which does not exist; the"
              + " database is damaged, or was edited. Run lastly doctor",
          row.getLong(4),
          text);
      return Optional.empty();
    }
    return Optional.of(change(row, kind.get()));
  }

  private static Change change(ResultSet row, Event.Kind kind) throws SQLException {
    Long attempt = Statements.longOrNull(row, 7);
    Event.Draft event = new Event.Draft();
    event.id = "";
    event.at = Statements.instant(row, 2);
    event.kind = kind;
    event.functionId = Statements.longOrNull(row, 4);
    event.jobId = Statements.longOrNull(row, 5);
    event.ownerId = Statements.longOrNull(row, 6);
    event.attempt = attempt == null ? null : (Integer) attempt.intValue();
    event.outcome = AttemptTable.outcomeIfKnown(row, 8);
    event.subject = Statements.text(row, 9, "");
    event.detail = row.getString(10);
    return new Change(row.getLong(1), event.event());
  }
}
