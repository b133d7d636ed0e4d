package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that sees its state directory on a file system of some type. */
@Tag("os")
class FileSystemTest {
  @TempDir private Path base;

  private WorkerProcess on(String line) throws Exception {
    Path table = Files.writeString(base.resolve("mountinfo"), line + "\n");
    // The file that a process reads is its own, so it must have its number already.
    return WorkerProcess.launcher()
        .under(Shell.mounted("mount --bind " + table + " /proc/$$/mountinfo"))
        .start();
  }

  @Test
  void open_unlistedTypes_areRefusedUnlessASettingNamesThem() throws Exception {
    Path state = base.resolve("state");
    for (String type : new String[] {"fakeowner", "nfs4", "somethingfs"}) {
      try (WorkerProcess worker = on("22 1 254:0 / / rw - " + type + " source rw")) {
        assertThat(worker.refused("open m " + state))
            .contains("of type " + type)
            .contains("allowFileSystem(\"" + type + "\")");
        assertThat(state).doesNotExist();
      }
    }
    try (WorkerProcess worker = on("22 1 254:0 / / rw - fakeowner source rw")) {
      assertThat(worker.call("open m " + state + " fs=fakeowner")).isEqualTo("1");
    }
    try (WorkerProcess worker = on("22 1 254:0 / / rw - ext4 /dev/vda rw")) {
      assertThat(worker.call("open m " + state)).isEqualTo("2");
    }
  }

  @Test
  void open_unreadableLine_mayHideANetworkAndIsRefused() throws Exception {
    String table = "22 1 254:0 / / rw - ext4 /dev/vda rw\n31 22 0:26 / " + base + " rw nfs4 s rw";
    try (WorkerProcess worker = on(table)) {
      assertThat(worker.refused("open m " + base.resolve("state")))
          .contains("/proc/self/mountinfo has a line")
          .contains("31 22 0:26")
          .contains("allowFileSystem(\"unknown\")");
      worker.call("open m " + base.resolve("state") + " fs=unknown");
    }
  }
}
