package dev.lastly.internal.audit;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Records;
import dev.lastly.model.Finding;
import dev.lastly.model.OwnerRecord;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import dev.lastly.model.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Sees which owners live, and records nothing of it. An owner that closes writes its row first and
 * gives its lock byte back afterwards, so whoever is found dead is looked up once more: only if its
 * row is still open then has it really died.
 */
final class Watch {
  private static final Finding LIVES = new Finding(Verdict.ALIVE, "its lock byte is held");

  private final Records records;
  private final Owners owners;

  Watch(Records records, Owners owners) {
    this.records = records;
    this.owners = owners;
  }

  Status status() {
    Map<Long, Finding> findings = findings();
    return records.read(
        now -> {
          List<OwnerRecord> open = now.openOwners();
          long unknown = count(open, findings, Verdict.UNKNOWN);
          List<Long> dead = dead(open, findings);
          Records.Counts counts = now.counts(dead);
          return new Status(
              counts.functions(),
              open.size() - unknown - dead.size(),
              dead.size(),
              unknown,
              counts.ownersEnded(),
              counts.orphans(),
              counts.oldestOrphan(),
              counts.unresolvable().orphans(),
              counts.unresolvable().reasons(),
              counts.pruned(),
              records.databaseBytes(),
              records.walBytes(),
              Records.schemaVersion(),
              records.sqliteVersion());
        });
  }

  /** Open owners that are dead. */
  List<Long> dead() {
    Map<Long, Finding> findings = findings();
    return findings.values().stream().anyMatch(f -> f.verdict() == Verdict.DEAD)
        ? dead(records.read(Records.Snapshot::openOwners), findings)
        : List.of();
  }

  List<OwnerRow> owners(long afterId, int limit) {
    Map<Long, Finding> findings = new HashMap<>();
    for (Records.Owner owner : page(afterId, limit)) {
      findings.put(owner.record().id(), owners.examine(owner.record()));
    }
    return page(afterId, limit).stream().map(owner -> row(owner, findings)).toList();
  }

  private List<Records.Owner> page(long afterId, int limit) {
    return records.read(now -> now.owners(afterId, limit));
  }

  /** What is found of the open owners that are not plainly alive. */
  private Map<Long, Finding> findings() {
    List<OwnerRecord> open = records.read(Records.Snapshot::openOwners);
    Map<Long, Finding> findings = new HashMap<>();
    for (OwnerRecord suspect : owners.suspects(open)) {
      findings.put(suspect.id(), owners.examine(suspect));
    }
    return findings;
  }

  private static List<Long> dead(List<OwnerRecord> open, Map<Long, Finding> findings) {
    return open.stream()
        .map(OwnerRecord::id)
        .filter(id -> verdict(findings, id) == Verdict.DEAD)
        .toList();
  }

  private static long count(List<OwnerRecord> open, Map<Long, Finding> findings, Verdict verdict) {
    return open.stream().filter(owner -> verdict(findings, owner.id()) == verdict).count();
  }

  private static Verdict verdict(Map<Long, Finding> findings, long ownerId) {
    return Objects.requireNonNullElse(findings.get(ownerId), LIVES).verdict();
  }

  private OwnerRow row(Records.Owner owner, Map<Long, Finding> findings) {
    OwnerRecord who = owner.record();
    Finding finding =
        who.ended()
            ? owners.examine(who)
            : Objects.requireNonNullElse(findings.get(who.id()), LIVES);
    return new OwnerRow(
        who.id(),
        owner.label(),
        who.identity().pid(),
        who.identity().startTicks(),
        who.identity().bootId(),
        who.identity().pidNamespace(),
        who.identity().uid(),
        who.identity().host(),
        owner.openedAt(),
        owner.closedAt(),
        owner.endReason(),
        owner.endedBy(),
        owner.evidence(),
        owner.doubt(),
        finding.verdict(),
        finding.evidence());
  }
}
