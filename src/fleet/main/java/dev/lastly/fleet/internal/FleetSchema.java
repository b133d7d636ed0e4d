package dev.lastly.fleet.internal;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The schema of a fleet. In our statements {@code @.} stands before the name of each of its tables,
 * because a {@code search_path} would be a setting of the session. Thread-safe.
 */
final class FleetSchema {
  private final String name;
  private final Map<String, String> texts = new ConcurrentHashMap<>();

  /** Of a name that is harmless in SQL. */
  FleetSchema(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  /** The statement as the server gets it. Made once: the driver knows statements by their text. */
  String in(String sql) {
    return texts.computeIfAbsent(sql, text -> text.replace("@.", name + "."));
  }
}
