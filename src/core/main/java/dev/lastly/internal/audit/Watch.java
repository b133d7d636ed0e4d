package dev.lastly.internal.audit;

import dev.lastly.internal.directory.GuardianNews;
import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Finding;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.store.OwnerVerdicts;
import dev.lastly.internal.store.Records;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Status;
import dev.lastly.model.Verdict;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * Determines which owners live, and records nothing. An owner that closes writes its row first and
 * frees its lock byte then. So this class reads the row of an apparently dead owner again: only if
 * the row is still open is the owner dead.
 */
final class Watch {
  private static final Finding LIVES = new Finding(Verdict.ALIVE, "its lock byte is held");

  private final StateDirectory directory;
  private final Records records;
  private final Owners owners;

  Watch(StateDirectory directory, Records records, Owners owners) {
    this.directory = directory;
    this.records = records;
    this.owners = owners;
  }

  Status status() {
    Map<Long, Finding> findings = findings();
    return records.read(
        now -> {
          List<OwnerRecord> open = now.openOwners();
          OwnerVerdicts verdicts = verdicts(open, findings);
          long unknown = verdicts.unknown().size();
          long dead = verdicts.dead().size();
          Records.Counts counts = now.counts(verdicts);
          Status.Draft status = new Status.Draft();
          status.functions = counts.functions();
          status.ownersAlive = open.size() - unknown - dead;
          status.ownersDead = dead;
          status.ownersUnknown = unknown;
          status.ownersEnded = counts.ownersEnded();
          status.orphans = counts.orphans();
          status.oldestOrphan = counts.oldestOrphan();
          status.unresolvable = counts.unresolvable().orphans();
          status.unresolvableReasons = counts.unresolvable().reasons();
          status.waiting = counts.waiting();
          status.guardian = guardian();
          status.prunedFunctions = counts.pruned();
          status.databaseBytes = records.databaseBytes();
          status.walBytes = records.walBytes();
          status.schemaVersion = Records.schemaVersion();
          status.sqliteVersion = records.sqliteVersion();
          return status.status();
        });
  }

  private Status.GuardianSight guardian() {
    OptionalLong holder = owners.locks().holders().holder(Owners.GUARDIAN);
    boolean running = holder.isPresent() || !owners.locks().isFree(Owners.GUARDIAN, 1);
    return new Status.GuardianSight(
        running,
        holder.isPresent() ? holder.getAsLong() : null,
        GuardianNews.read(directory).orElse(null));
  }

  /** What is known of the owners whose rows are open, and that do not visibly live. */
  OwnerVerdicts verdicts() {
    Map<Long, Finding> findings = findings();
    return findings.values().stream().anyMatch(f -> f.verdict() != Verdict.ALIVE)
        ? verdicts(records.read(Records.Snapshot::openOwners), findings)
        : OwnerVerdicts.none();
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

  /** The findings on the open owners that do not visibly hold their lock byte. */
  private Map<Long, Finding> findings() {
    List<OwnerRecord> open = records.read(Records.Snapshot::openOwners);
    Map<Long, Finding> findings = new HashMap<>();
    for (OwnerRecord suspect : owners.suspects(open)) {
      findings.put(suspect.id(), owners.examine(suspect));
    }
    return findings;
  }

  private static OwnerVerdicts verdicts(List<OwnerRecord> open, Map<Long, Finding> findings) {
    return new OwnerVerdicts(
        evidence(open, findings, Verdict.DEAD), evidence(open, findings, Verdict.UNKNOWN));
  }

  private static Map<Long, String> evidence(
      List<OwnerRecord> open, Map<Long, Finding> findings, Verdict verdict) {
    Map<Long, String> evidence = new HashMap<>();
    for (OwnerRecord owner : open) {
      Finding finding = Objects.requireNonNullElse(findings.get(owner.id()), LIVES);
      if (finding.verdict() == verdict) {
        evidence.put(owner.id(), finding.evidence());
      }
    }
    return evidence;
  }

  private OwnerRow row(Records.Owner owner, Map<Long, Finding> findings) {
    OwnerRecord who = owner.record();
    Finding finding =
        who.ended()
            ? owners.examine(who)
            : Objects.requireNonNullElse(findings.get(who.id()), LIVES);
    OwnerRow.Draft row = new OwnerRow.Draft();
    row.id = who.id();
    row.label = owner.label();
    row.pid = who.identity().pid();
    row.startTicks = who.identity().startTicks();
    row.bootId = who.identity().bootId();
    row.pidNamespace = who.identity().pidNamespace();
    row.uid = who.identity().uid();
    row.host = who.identity().host();
    row.openedAt = owner.openedAt();
    row.closedAt = owner.closedAt();
    row.endReason = owner.endReason();
    row.endedBy = owner.endedBy();
    row.evidence = owner.evidence();
    row.doubt = owner.doubt();
    row.verdict = finding.verdict();
    row.verdictEvidence = finding.evidence();
    return row.row();
  }
}
