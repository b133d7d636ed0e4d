package dev.lastly.property;

import dev.lastly.model.Settings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The reference for pruning: which rows go at a given time, by age and by number. */
final class Retained {
  private static final Comparator<Snapshot.Row> NEWEST_FIRST =
      Comparator.comparingLong(Snapshot.Row::finishedNo).thenComparing(Snapshot.Row::id).reversed();

  private Retained() {}

  static Set<String> tooOld(Snapshot snapshot, Settings settings, long now) {
    Set<String> keys = new HashSet<>();
    boolean old = false;
    for (Snapshot.Row row : finished(snapshot).stream().sorted(NEWEST_FIRST).toList()) {
      // What finished before one that is old is old as well, whatever the clock said then.
      old |=
          Objects.requireNonNull(row.finishedAt()) <= now - settings.finishedRetention().toMillis();
      if (old) {
        keys.add(row.key());
      }
    }
    return keys;
  }

  static Set<String> tooMany(Snapshot snapshot, Settings settings) {
    Set<String> keys = new HashSet<>();
    finished(snapshot).stream()
        .sorted(NEWEST_FIRST)
        .skip(settings.finishedLimit())
        .forEach(row -> keys.add(row.key()));
    return keys;
  }

  private static List<Snapshot.Row> finished(Snapshot snapshot) {
    List<Snapshot.Row> rows = new ArrayList<>(snapshot.rows().values());
    rows.removeIf(row -> row.isUnfinished() || row.state().equals("quarantined"));
    return rows;
  }
}
