package dev.lastly.internal.audit;

import dev.lastly.internal.store.OwnerVerdicts;
import dev.lastly.internal.store.Records.Snapshot;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.Event;
import dev.lastly.model.Export;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes the rows of one snapshot page by page, so that it needs little memory. */
final class Exporter {
  private static final int PAGE = 500;

  private final Snapshot snapshot;
  private final OwnerVerdicts verdicts;
  private final Lines lines;

  Exporter(Snapshot snapshot, OwnerVerdicts verdicts, Export.Format format, Appendable out) {
    this.snapshot = snapshot;
    this.verdicts = verdicts;
    this.lines = format == Export.Format.JSONL ? new JsonLines(out) : new CsvLines(out);
  }

  /** Writes the rows. Returns how many functions or events it wrote. */
  long write(Export.What what) throws IOException {
    return what == Export.What.FUNCTIONS ? functions() : events();
  }

  private long functions() throws IOException {
    lines.begin(Fields.FUNCTION, Fields.ATTEMPT);
    long count = 0;
    long last = 0;
    while (true) {
      List<FunctionRow> page = snapshot.functions(FunctionFilter.all(), verdicts, last, PAGE);
      if (page.isEmpty()) {
        return count;
      }
      last = page.get(page.size() - 1).id();
      Map<Long, List<AttemptRow>> attempts =
          snapshot.attempts(page.get(0).id(), last).stream()
              .collect(Collectors.groupingBy(AttemptRow::functionId));
      for (FunctionRow function : page) {
        List<List<Fields.Value>> history = new ArrayList<>();
        for (AttemptRow attempt : attempts.getOrDefault(function.id(), List.of())) {
          history.add(Fields.of(attempt));
        }
        lines.add(Fields.of(function), history);
      }
      count += page.size();
    }
  }

  private long events() throws IOException {
    lines.begin(Fields.EVENT, List.of());
    long count = 0;
    String last = Event.BEGINNING;
    while (true) {
      List<Event> page = snapshot.events(last, PAGE);
      if (page.isEmpty()) {
        return count;
      }
      for (Event event : page) {
        lines.add(Fields.of(event), List.of());
      }
      last = page.get(page.size() - 1).id();
      count += page.size();
    }
  }
}
