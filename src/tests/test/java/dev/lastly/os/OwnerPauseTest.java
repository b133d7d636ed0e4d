package dev.lastly.os;

import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stopped owner is alive, however long it is stopped. */
@Tag("os")
class OwnerPauseTest {
  /** Sixty rounds of the sibling's. */
  private static final long PAUSE_SECONDS = 3;

  /** As long as a full collection of a large heap may keep every thread of a process still. */
  private static final long LONG_PAUSE_SECONDS = 30;

  @TempDir Path base;

  @Test
  void examine_stoppedBySigstop_aliveAndRunsItsFunctionItself() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      owner.stop();
      TimeUnit.SECONDS.sleep(LONG_PAUSE_SECONDS); // the time itself is what is tested
      scene.assertLeftAlone(sibling, id);
      owner.resume();
      scene.assertRunsItself(owner);
    }
  }

  @Test
  void examine_frozenControlGroup_aliveAndRunsItsFunctionItself() throws Exception {
    Scene scene = new Scene(base);
    try (ControlGroup group = ControlGroup.freezable(base);
        WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner);
      scene.watch(sibling);
      group.add(owner.pid());
      group.freeze();
      TimeUnit.SECONDS.sleep(PAUSE_SECONDS); // the time itself is what is tested
      scene.assertLeftAlone(sibling, id);
      group.thaw();
      scene.assertRunsItself(owner);
    }
  }
}
