package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.Event;
import dev.lastly.model.FunctionRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The attempts of the functions of a page, put together from the feed of events: thousands of them
 * cost a few reads. For one thread.
 */
final class Attempts {
  private static final int PAGE = 2_000;

  /** Two events of each attempt, and the registration; more if many are repeated. */
  private static final int EVENTS_OF_FUNCTION = 4;

  private final Map<Long, Map<Integer, AttemptRow>> ofFunction = new HashMap<>();

  private Attempts() {}

  static Attempts from(Inspector inspector, List<FunctionRow> functions) {
    Attempts attempts = new Attempts();
    functions.forEach(row -> attempts.ofFunction.put(row.id(), new TreeMap<>()));
    long newest = inspector.lastEventId();
    long last = Math.max(0, newest - (long) EVENTS_OF_FUNCTION * Limits.FUNCTIONS);
    while (last < newest) {
      List<Event> page = inspector.events(last, PAGE);
      if (page.isEmpty()) {
        break;
      }
      page.forEach(attempts::add);
      last = page.get(page.size() - 1).id();
    }
    return attempts;
  }

  private void add(Event event) {
    Long function = event.functionId();
    Integer number = event.attempt();
    Long owner = event.ownerId();
    if (function == null || number == null || owner == null) {
      return;
    }
    Map<Integer, AttemptRow> known = ofFunction.get(function);
    if (known == null) {
      return;
    }
    AttemptRow started = known.get(number);
    if (event.kind() == Event.Kind.STARTED) {
      known.put(
          number, new AttemptRow(function, number, owner, event.at(), null, null, null, null));
    } else if (event.outcome() != null && started != null) {
      known.put(
          number,
          new AttemptRow(
              function,
              number,
              started.ownerId(),
              started.startedAt(),
              event.at(),
              event.outcome(),
              event.detail(),
              null));
    }
  }

  /** Whether there are as many as the function's row says. */
  boolean isComplete(FunctionRow row) {
    return ofFunction.getOrDefault(row.id(), Map.of()).size() == row.attempts();
  }

  /** Says better what is known of a function. */
  void replace(long function, List<AttemptRow> better) {
    Map<Integer, AttemptRow> numbered = new TreeMap<>();
    better.forEach(attempt -> numbered.put(attempt.number(), attempt));
    ofFunction.put(function, numbered);
  }

  List<AttemptRow> all() {
    List<AttemptRow> all = new ArrayList<>();
    new TreeMap<>(ofFunction).values().forEach(attempts -> all.addAll(attempts.values()));
    return all;
  }
}
