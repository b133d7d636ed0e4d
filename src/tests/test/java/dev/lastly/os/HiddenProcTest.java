package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** If the prober cannot see the owner's process, the lock alone decides. */
@Tag("os")
class HiddenProcTest {
  /** Another user; it may read the class path wherever that is, but not see others' processes. */
  private static final String AS_NOBODY =
      "set -- setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=+dac_read_search"
          + " --ambient-caps=+dac_read_search \"$@\"";

  private static final String ALLOWED = "allow=dev.lastly.support.Actions";

  /** Without /proc the type of the file system is unknown. */
  private static final String VOUCHED = "fs=unknown";

  @TempDir Path base;

  @Test
  void examine_hidepidAndAnotherUser_aliveThenDeadByTheLock() throws Exception {
    Scene scene = new Scene(base);
    Shell.run("chown", "-R", "65534:65534", base.toString());
    WorkerProcess.Launcher hidden =
        WorkerProcess.launcher()
            .under(Shell.mounted("mount -t proc -o hidepid=2 proc /proc; " + AS_NOBODY));
    try (WorkerProcess sibling = hidden.start();
        WorkerProcess owner = WorkerProcess.start()) {
      scene.watch(sibling, "reap=50", ALLOWED); // first, so that the files are its own
      long id = scene.own(owner, "reap=50", ALLOWED);
      assertThat(sibling.refused("touch /proc/" + owner.pid() + "/stat")).contains("NoSuchFile");
      scene.assertLeftAlone(sibling, id);
      owner.kill();
      scene.assertInherited(sibling, id, "cannot be seen from here");
    }
  }

  @Test
  void examine_procNotMounted_aliveThenDeadByTheLock() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = WorkerProcess.start();
        WorkerProcess sibling = withoutProc()) {
      long id = scene.own(owner);
      scene.watch(sibling, "reap=50", VOUCHED);
      scene.assertLeftAlone(sibling, id);
      owner.kill();
      scene.assertInherited(sibling, id, "lock byte 1 is free");
    }
  }

  @Test
  void examine_ownerHasNoProc_aliveThenDeadByTheLock() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess owner = withoutProc();
        WorkerProcess sibling = WorkerProcess.start()) {
      long id = scene.own(owner, "reap=50", VOUCHED);
      scene.watch(sibling);
      scene.assertLeftAlone(sibling, id);
      owner.kill();
      scene.assertInherited(sibling, id, "lock byte 1 is free");
    }
  }

  /** Java itself does not start without /proc, so it is taken away from a process that runs. */
  private static WorkerProcess withoutProc() throws Exception {
    WorkerProcess worker = WorkerProcess.launcher().under(Shell.mounted(":")).start();
    String mounts = "/proc/" + worker.pid() + "/ns/mnt";
    Shell.run("nsenter", "--mount=" + mounts, "mount", "-t", "tmpfs", "none", "/proc");
    assertThat(Files.exists(Path.of(mounts))).isTrue();
    assertThat(worker.refused("touch /proc/self/stat")).contains("NoSuchFile");
    return worker;
  }
}
