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
 * The data of a page. Of a large database it has only a part (see {@link Limits}), but {@link
 * #status} counts everything.
 *
 * @param madeAt when it was read
 * @param database the file, as text
 * @param status the counts of the whole database
 * @param problems what SQLite's integrity check found; empty if the file is sound
 * @param owners the owners, by id
 * @param functions the functions, by id
 * @param attempts the attempts of these functions
 * @param lives the histories of functions that failed, changed owner or were discarded
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

  /** The number of functions in the database. */
  long functionsThere() {
    return status.functions().values().stream().mapToLong(Long::longValue).sum();
  }

  /** The number of owners in the database. */
  long ownersThere() {
    return status.ownersAlive()
        + status.ownersDead()
        + status.ownersUnknown()
        + status.ownersEnded();
  }

  /** The claims in {@link #lives}, by id. */
  Collection<ClaimRow> claims() {
    Map<Long, ClaimRow> claims = new TreeMap<>();
    for (FunctionLife life : lives.values()) {
      life.claims().forEach(claim -> claims.putIfAbsent(claim.id(), claim));
    }
    return claims.values();
  }
}
