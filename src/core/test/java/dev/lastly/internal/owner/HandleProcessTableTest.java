package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners.Sighting;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.row.OwnerIdentity;
import org.junit.jupiter.api.Test;

/** The process table of systems without {@code /proc}: it claims nothing that it cannot know. */
final class HandleProcessTableTest {
  private static final int UNUSED_PID = 4_194_304;

  private final HandleProcessTable table = new HandleProcessTable();

  private Sighting lookAt(long pid, long startMillis, long uid) {
    return table.look(new OwnerIdentity(pid, startMillis, "none", "none", uid, "node"));
  }

  @Test
  void self_thisProcess_isComparableWithItself() {
    OwnerIdentity self = table.self();
    assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(self.uid()).isEqualTo(Posix.uid());
    assertThat(self.startTicks()).isPositive();
    assertThat(self.sameBoot(self)).isTrue();
    assertThat(self.samePidNamespace(self)).isTrue();
    assertThat(table.look(self)).isEqualTo(Sighting.RUNNING);
  }

  @Test
  void look_startALittleOff_isRunning_andMoreThanThatCannotBeTold() {
    OwnerIdentity self = table.self();
    for (long sign : new long[] {-1, 1}) {
      long close = self.startTicks() + sign * 10_000;
      assertThat(lookAt(self.pid(), close, self.uid())).isEqualTo(Sighting.RUNNING);
      assertThat(lookAt(self.pid(), close + sign, self.uid())).isEqualTo(Sighting.UNREADABLE);
    }
  }

  @Test
  void look_startUnknown_cannotBeTold() {
    OwnerIdentity self = table.self();
    assertThat(lookAt(self.pid(), 0, self.uid())).isEqualTo(Sighting.UNREADABLE);
  }

  @Test
  void look_unusedNumber_isGone_unlessItMayBelongToAnotherUser() {
    long uid = table.self().uid();
    assertThat(lookAt(UNUSED_PID, 1, uid)).isEqualTo(Sighting.GONE);
    assertThat(lookAt(UNUSED_PID, 1, uid + 1)).isEqualTo(Sighting.UNREADABLE);
  }
}
