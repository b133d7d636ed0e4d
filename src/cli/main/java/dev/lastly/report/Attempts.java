package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.FunctionRow;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The attempts of the functions on a page, read range by range. For one thread. */
final class Attempts {
  /** The most ids in one read. */
  private static final int PIECE = 1_000;

  /** Two functions with at most so many ids between them are in one read. */
  private static final int GAP = 20;

  private final Inspector inspector;
  private final Map<Long, List<AttemptRow>> ofFunction = new HashMap<>();

  private Attempts(Inspector inspector) {
    this.inspector = inspector;
  }

  /** Reads the attempts of functions, which are sorted by id. */
  static Attempts read(Inspector inspector, List<FunctionRow> functions) {
    Attempts attempts = new Attempts(inspector);
    functions.forEach(row -> attempts.ofFunction.put(row.id(), new ArrayList<>()));
    long first = -1;
    long last = -1;
    for (FunctionRow row : functions) {
      if (first >= 0 && (row.id() - last > GAP || row.id() - first >= PIECE)) {
        attempts.read(first, last);
        first = -1;
      }
      first = first < 0 ? row.id() : first;
      last = row.id();
    }
    if (first >= 0) {
      attempts.read(first, last);
    }
    return attempts;
  }

  private void read(long first, long last) {
    for (AttemptRow attempt : inspector.attempts(first, last)) {
      List<AttemptRow> known = ofFunction.get(attempt.functionId());
      if (known != null) {
        known.add(attempt);
      }
    }
  }

  List<AttemptRow> of(FunctionRow row) {
    return ofFunction.getOrDefault(row.id(), List.of());
  }

  /** All attempts, sorted by function and number. */
  List<AttemptRow> all(List<FunctionRow> functions) {
    return functions.stream().flatMap(row -> of(row).stream()).toList();
  }
}
