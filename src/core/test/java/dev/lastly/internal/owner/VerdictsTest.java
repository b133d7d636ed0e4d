package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners.Holder;
import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import org.junit.jupiter.api.Test;

/** The exact texts of the evidence, which auditors read. */
final class VerdictsTest {
  private static final OwnerIdentity SELF = new OwnerIdentity(10, 5, "boot", "ns", 0, "node");
  private static final OwnerIdentity OTHER = new OwnerIdentity(20, 9, "boot", "ns", 0, "node");

  private static String evidence(
      OwnerIdentity owner, boolean sameLockFile, Holder holder, Sighting sighting) {
    OwnerRecord row = new OwnerRecord(7, owner, 1, false);
    return Verdicts.of(new Witnesses(row, SELF, false, sameLockFile, holder, sighting)).evidence();
  }

  @Test
  void evidence_ended_namesTheRow() {
    OwnerRecord row = new OwnerRecord(7, OTHER, 1, true);
    assertThat(Verdicts.of(Witnesses.ofEnded(row, SELF)).evidence())
        .isEqualTo("its row says that it has ended");
  }

  @Test
  void evidence_byteHeld_saysByWhom() {
    assertThat(evidence(OTHER, true, Holder.THIS_JVM, Sighting.UNREADABLE))
        .isEqualTo("it is a manager of this JVM");
    assertThat(evidence(OTHER, true, Holder.ANOTHER_PROCESS, Sighting.UNREADABLE))
        .isEqualTo("its lock byte 7 is held");
  }

  @Test
  void evidence_byteFree_saysWhatTheProcessTableShows() {
    assertThat(evidence(OTHER, true, Holder.NOBODY, Sighting.RUNNING))
        .isEqualTo("lock byte 7 is free, yet process 20 (start tick 9) runs");
    assertThat(evidence(OTHER, true, Holder.NOBODY, Sighting.ENDING))
        .isEqualTo("lock byte 7 is free, but process 20 (start tick 9) has not ended yet");
    assertThat(evidence(OTHER, true, Holder.NOBODY, Sighting.GONE))
        .isEqualTo("lock byte 7 is free and process 20 (start tick 9) is gone");
    assertThat(evidence(OTHER, true, Holder.NOBODY, Sighting.UNREADABLE))
        .isEqualTo("lock byte 7 is free; process 20 (start tick 9) cannot be seen from here");
  }

  @Test
  void evidence_ofElsewhere_saysWhere() {
    OwnerIdentity earlier = new OwnerIdentity(20, 9, "another", "ns", 0, "node");
    assertThat(evidence(earlier, true, Holder.NOBODY, Sighting.UNREADABLE))
        .isEqualTo("lock byte 7 is free; process 20 (start tick 9) belongs to boot another");
    OwnerIdentity contained = new OwnerIdentity(20, 9, "boot", "pid:[2]", 0, "node");
    assertThat(evidence(contained, true, Holder.NOBODY, Sighting.UNREADABLE))
        .isEqualTo(
            "lock byte 7 is free; process 20 (start tick 9) belongs to pid namespace pid:[2]");
  }

  @Test
  void evidence_lockUnusable_saysWhy() {
    assertThat(evidence(OTHER, true, Holder.UNUSABLE, Sighting.RUNNING))
        .isEqualTo("its lock byte cannot be probed, but process 20 (start tick 9) runs");
    assertThat(evidence(OTHER, true, Holder.UNUSABLE, Sighting.GONE))
        .isEqualTo("its lock byte cannot be probed; process 20 (start tick 9) is gone");
    assertThat(evidence(OTHER, false, Holder.UNUSABLE, Sighting.GONE))
        .isEqualTo(
            "the lock file is not the one it registered with and process 20 (start tick 9) is"
                + " gone");
    assertThat(evidence(OTHER, false, Holder.UNUSABLE, Sighting.UNREADABLE))
        .isEqualTo(
            "the lock file is not the one it registered with; process 20 (start tick 9) cannot be"
                + " seen from here");
  }
}
