package dev.lastly.internal.directory;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.proc.MountTable;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only file systems that are known to be local, or that a setting names, are accepted. */
final class FileSystemCheckTest {
  private static final Path STATE = Path.of("/data/app");

  private static void require(Path path, Set<String> allowed, String mountinfo) throws IOException {
    FileSystemCheck.requireLocal(path, allowed, MountTable.parse(mountinfo));
  }

  private static String table(String type, String options) {
    return """
    22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
    30 22 0:25 / /data rw - %s source %s
    """
        .formatted(type, options);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "f2fs",
        "bcachefs",
        "jfs",
        "reiserfs",
        "tmpfs",
        "ramfs",
        "rootfs",
        "overlay",
        "aufs",
        "fuseblk",
        "fuse.fuse-overlayfs",
        "apfs",
        "hfs",
        "ufs",
        "NTFS"
      })
  void requireLocal_typeThatIsKnown_isAccepted(String type) {
    assertThatCode(() -> require(STATE, Set.of(), table(type, "rw"))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fakeowner",
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "9p",
        "virtiofs",
        "fuse",
        "fuse.sshfs",
        "fuse.grpcfuse",
        "fuse.osxfs",
        "fuse.bindfs",
        "ceph",
        "lustre",
        "gofer",
        "ext5",
        "EXT4",
        "zfs2",
        "unknown",
        "vboxsf",
        "drvfs",
        "ecryptfs"
      })
  void requireLocal_anyOther_isRefusedUntilItIsAllowed(String type) {
    String mountinfo = table(type, "rw");
    assertThatThrownBy(() -> require(STATE, Set.of("ext9"), mountinfo))
        .isInstanceOf(StateDirectoryException.class)
        .hasMessageContaining("/data/app lies on a file system of type " + type)
        .hasMessageContaining("one kernel")
        .hasMessageContaining("fcntl")
        .hasMessageContaining("Settings.builder().allowFileSystem(\"" + type + "\")")
        .hasMessageContaining("LASTLY_ALLOW_FILE_SYSTEMS=" + type);
    assertThatCode(() -> require(STATE, Set.of(type), mountinfo)).doesNotThrowAnyException();
  }

  @Test
  void requireLocal_noMountAboveIt_isUnknown() {
    String elsewhere = "22 1 254:0 / /other rw - ext4 /dev/vda rw\n";
    assertThatThrownBy(() -> require(STATE, Set.of(), elsewhere))
        .hasMessageContaining("of type unknown");
  }

  @Test
  void requireLocal_overlay_looksAtItsUpperDirectory(@TempDir Path temp) throws Exception {
    Path upper = Files.createDirectory(temp.toRealPath().resolve("up, per"));
    String escaped = upper.toString().replace(",", "\\054").replace(" ", "\\040");
    String options = "rw,lowerdir=/a:/b,upperdir=" + escaped + ",workdir=/c";
    String on = "40 22 0:31 / %s rw - %%s none rw\n".formatted(temp.toRealPath());
    String mountinfo = table("overlay", options) + on;
    assertThatCode(() -> require(STATE, Set.of(), mountinfo.formatted("xfs")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> require(STATE, Set.of(), mountinfo.formatted("nfs4")))
        .hasMessageContaining("of type nfs4 (" + upper + " below an overlay)");
  }

  /** Of a container whose layers lie outside of it nothing can be said. */
  @Test
  void requireLocal_overlayWhoseUpperDirectoryIsNotHere_isAccepted() {
    for (String upper : new String[] {"/no/such", "relative", "/data", "/data/app"}) {
      String mountinfo = table("overlay", "rw,upperdir=" + upper);
      assertThatCode(() -> require(STATE, Set.of(), mountinfo)).doesNotThrowAnyException();
    }
  }
}
