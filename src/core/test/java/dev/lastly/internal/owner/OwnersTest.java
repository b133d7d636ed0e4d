package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners.Holder;
import dev.lastly.internal.owner.Owners.OwnerLocks;
import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.model.Verdict;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This process as an owner, with a real lock file and the real process table. */
final class OwnersTest {
  @TempDir private Path directory;
  private Owners owners;

  @BeforeEach
  void open() {
    owners = Owners.open(directory.resolve("owners.lock"));
    assertThat(owners.locks().hold(7)).isTrue();
  }

  @AfterEach
  void release() {
    owners.locks().release(7);
  }

  private OwnerRecord owner(long id, OwnerIdentity identity, long inode) {
    return new OwnerRecord(id, identity, inode, false);
  }

  private static OwnerIdentity of(OwnerIdentity self, long pid, String namespace) {
    return new OwnerIdentity(pid, self.startTicks(), self.bootId(), namespace, self.uid(), "node");
  }

  @Test
  void open_onThisSystem_looksAtTheRealProcessTable() {
    OwnerIdentity self = owners.self();
    assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(self.bootId()).isNotEqualTo(OwnerIdentity.UNKNOWN_TEXT).hasSize(36);
    assertThat(self.pidNamespace()).matches("pid:\\[\\d+]");
    assertThat(self.host()).isNotBlank();
    assertThat(SystemProcessTable.create().look(self)).isEqualTo(Sighting.RUNNING);
  }

  @Test
  void suspects_ownerWhoseByteIsSeenToBeHeld_isNone() {
    OwnerLocks locks = owners.locks();
    assertThat(owners.suspects(List.of(owner(7, owners.self(), locks.inode())))).isEmpty();
  }

  @Test
  void suspects_ownerNotProvenToHoldItsByte_isOne() {
    OwnerIdentity self = owners.self();
    long inode = owners.locks().inode();
    List<OwnerRecord> doubtful =
        List.of(
            owner(8, self, inode), // its byte is free
            owner(7, self, inode + 1), // it registered with another file
            owner(7, of(self, self.pid() + 1, self.pidNamespace()), inode), // held by another
            owner(7, of(self, self.pid(), "pid:[2]"), inode)); // that pid means nothing here
    assertThat(owners.suspects(doubtful)).isEqualTo(doubtful);
  }

  @Test
  void examine_byteHeldAndByteFree_areToldApart() {
    long inode = owners.locks().inode();
    OwnerRecord held = owner(7, owners.self(), inode);
    assertThat(owners.locks().probe(7)).isEqualTo(Holder.THIS_JVM);
    assertThat(owners.examine(held).verdict()).isEqualTo(Verdict.ALIVE);
    OwnerIdentity gone = of(owners.self(), 4_194_304, owners.self().pidNamespace());
    assertThat(owners.examine(owner(8, gone, inode)).verdict()).isEqualTo(Verdict.DEAD);
    assertThat(owners.examine(owner(8, owners.self(), inode)).lockLost()).isTrue();
  }
}
