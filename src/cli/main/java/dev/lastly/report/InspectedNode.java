package dev.lastly.report;

import dev.lastly.Inspector;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The data of a page, read by an inspector. The integrity check reads the whole file, so it runs
 * only for the first page. Thread-safe.
 */
final class InspectedNode implements Source {
  private final Inspector inspector;
  private @Nullable List<String> problems; // guarded by this

  InspectedNode(Inspector inspector) {
    this.inspector = inspector;
  }

  /** Changes with every event, and with the verdicts on the owners. */
  @Override
  public String version() {
    Status status = inspector.status();
    return String.format(
        Locale.ROOT,
        "%s.%d.%d.%d.%d.%d",
        inspector.lastEventId(),
        status.functions().get(FunctionState.RUNNING),
        status.ownersAlive(),
        status.ownersDead(),
        status.ownersUnknown(),
        status.orphans());
  }

  @Override
  public ReportData read() {
    return NodeReader.read(inspector, problems());
  }

  private synchronized List<String> problems() {
    List<String> found = problems;
    if (found == null) {
      found = inspector.integrity();
      problems = found;
    }
    return found;
  }
}
