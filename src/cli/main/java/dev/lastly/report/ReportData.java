package dev.lastly.report;

import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a page is made of. Of a large database it is a part, see {@link Limits}; {@link #status}
 * counts everything.
 *
 * @param madeAt when it was read
 * @param database the file, for people
 * @param status the counts of everything
 * @param problems what SQLite's integrity check found; empty if the file is sound
 * @param owners by id
 * @param functions by id
 * @param attempts of these functions, as far as they are known
 * @param lives the whole life of those functions that had a fault, changed owner, or were acted on
 */
record ReportData(
    Instant madeAt,
    String database,
    Status status,
    List<String> problems,
    List<OwnerRow> owners,
    List<FunctionRow> functions,
    List<AttemptRow> attempts,
    Map<Long, FunctionLife> lives) {

  /** All functions that the database holds. */
  long functionsThere() {
    return status.functions().values().stream().mapToLong(Long::longValue).sum();
  }

  /** All owners that the database holds. */
  long ownersThere() {
    return status.ownersAlive()
        + status.ownersDead()
        + status.ownersUnknown()
        + status.ownersEnded();
  }

  /** The changes of owner that are known, by id. */
  Collection<ClaimRow> claims() {
    Map<Long, ClaimRow> claims = new TreeMap<>();
    for (FunctionLife life : lives.values()) {
      life.claims().forEach(claim -> claims.putIfAbsent(claim.id(), claim));
    }
    return claims.values();
  }
}
