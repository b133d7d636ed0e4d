package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The health of a node. Bad if an orphan has waited too long, because no process on the node can
 * run it, or if too many functions are quarantined. Immutable.
 *
 * @param good whether it is
 * @param details for people
 */
record NodeHealth(boolean good, Map<String, Object> details) {
  /** Reads it through a connection that is closed again. */
  static NodeHealth of(DeferredFunctionManager manager, LastlyProperties.Health limits) {
    try (Inspector inspector = manager.inspect()) {
      return of(inspector.status(), Instant.now(), limits);
    }
  }

  static NodeHealth of(Status status, Instant now, LastlyProperties.Health limits) {
    Instant since = status.oldestOrphan();
    Duration age = since == null ? Duration.ZERO : Duration.between(since, now);
    long quarantined = status.count(FunctionState.QUARANTINED);
    Long most = limits.maxQuarantined();
    Map<String, Object> details = new LinkedHashMap<>();
    details.put("orphans", status.orphans());
    details.put("oldestOrphanSeconds", age.toSeconds());
    details.put("quarantined", quarantined);
    details.put("unresolvable", status.unresolvable());
    if (!status.unresolvableReasons().isEmpty()) {
      details.put("unresolvableReasons", status.unresolvableReasons());
    }
    boolean late = age.compareTo(limits.orphanAge()) > 0;
    return new NodeHealth(!late && (most == null || quarantined <= most), details);
  }
}
