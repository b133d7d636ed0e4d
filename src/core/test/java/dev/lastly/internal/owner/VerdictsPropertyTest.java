package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners.HeldBytes;
import dev.lastly.internal.owner.Owners.Holder;
import dev.lastly.internal.owner.Owners.OwnerLocks;
import dev.lastly.internal.owner.Owners.ProcessTable;
import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.model.Verdict;
import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.GenerationMode;
import net.jqwik.api.Property;

/** Every combination of evidence gives the verdict of a table written from the design. */
final class VerdictsPropertyTest {
  private static final OwnerIdentity SELF = new OwnerIdentity(10, 5, "boot", "ns", 0, "node");

  @Property(generation = GenerationMode.EXHAUSTIVE)
  void examine_anyEvidence_givesTheVerdictOfTheTable(
      @ForAll boolean ended,
      @ForAll Holder holder,
      @ForAll Sighting sighting,
      @ForAll boolean sameLockFile,
      @ForAll boolean sameBoot,
      @ForAll boolean sameNamespace) {
    OwnerRecord owner =
        new OwnerRecord(
            7,
            new OwnerIdentity(
                20, 9, sameBoot ? "boot" : "other", sameNamespace ? "ns" : "other", 0, "node"),
            sameLockFile ? 1 : 2,
            ended);
    Finding finding = Owners.with(processes(sighting), locks(holder)).examine(owner);
    boolean comparable = sameBoot && sameNamespace;
    assertThat(finding.verdict())
        .as(finding.evidence())
        .isEqualTo(
            expected(
                ended,
                sameLockFile ? holder : Holder.UNUSABLE,
                comparable ? sighting : Sighting.UNREADABLE,
                sameLockFile));
    assertThat(finding.lockLost())
        .isEqualTo(
            !ended
                && sameLockFile
                && holder == Holder.NOBODY
                && comparable
                && sighting == Sighting.RUNNING);
    assertThat(finding.evidence()).isNotBlank();
  }

  /** The table of section 3 of the design, line by line, first match decides. */
  private static Verdict expected(
      boolean ended, Holder holder, Sighting process, boolean sameLockFile) {
    if (ended) {
      return Verdict.DEAD; // the owner row says it closed
    }
    if (holder == Holder.THIS_JVM) {
      return Verdict.ALIVE; // a manager of this JVM
    }
    if (holder == Holder.ANOTHER_PROCESS) {
      return Verdict.ALIVE; // its lock byte is held
    }
    if (process == Sighting.RUNNING || process == Sighting.ENDING) {
      return Verdict.ALIVE; // byte free or file replaced, but the very process is there
    }
    if (holder == Holder.NOBODY) {
      return Verdict.DEAD; // lock byte free
    }
    if (!sameLockFile && process == Sighting.GONE) {
      return Verdict.DEAD; // other inode, pid gone or start ticks differ
    }
    return Verdict.UNKNOWN; // anything else
  }

  private static ProcessTable processes(Sighting sighting) {
    return new ProcessTable() {
      @Override
      public OwnerIdentity self() {
        return SELF;
      }

      @Override
      public Sighting look(OwnerIdentity process) {
        return sighting;
      }
    };
  }

  private static OwnerLocks locks(Holder holder) {
    return new OwnerLocks() {
      @Override
      public long inode() {
        return 1;
      }

      @Override
      public boolean isInPlace() {
        return true;
      }

      @Override
      public boolean hold(long number) {
        return true;
      }

      @Override
      public void release(long number) {}

      @Override
      public HeldBytes holders() {
        return HeldBytes.NONE;
      }

      @Override
      public Holder probe(long number) {
        return holder;
      }

      @Override
      public Owners.Held exclusive(Duration timeout) {
        return () -> {};
      }
    };
  }
}
