package dev.lastly.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MountTableTest {
  private static final String TABLE =
      """
      22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
      30 22 0:25 / /tmp rw - tmpfs tmpfs rw,size=2048k
      31 22 0:26 / /mnt/share rw master:1 shared:2 - nfs4 server:/export rw
      32 22 0:27 / /mnt/with\\040space rw - cifs //server/x rw
      33 22 0:28 / /cover rw - ext4 /dev/a rw
      34 33 0:29 / /cover rw - virtiofs host rw
      """;

  @ParameterizedTest
  @CsvSource({
    "/var/lib/app, ext4",
    "/, ext4",
    "/tmp, tmpfs",
    "/tmp/a/b, tmpfs",
    "/tmpfoo, ext4",
    "/mnt/share/x, nfs4",
    "/mnt/with space/y, cifs",
    "/cover/z, virtiofs",
  })
  void typeOf_path_isThatOfTheMountAboveIt(String path, String type) {
    assertThat(MountTable.parse(TABLE).typeOf(Path.of(path))).isEqualTo(type);
  }

  @Property
  void parse_anyText_neverFails(@ForAll String text) {
    assertThat(MountTable.parse(text).typeOf(Path.of("/x"))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "nfs, true", "nfs4, true", "cifs, true", "smb3, true", "9p, true", "virtiofs, true",
    "fuse.sshfs, true", "fuse.nfs, true", "fuse, true", "ceph, true", "ext4, false", "xfs, false",
    "btrfs, false", "tmpfs, false", "overlay, false", "zfs, false", "fuse.bindfs, false",
  })
  void isShared_type_isKnown(String type, boolean shared) {
    assertThat(FileSystemCheck.isShared(type)).isEqualTo(shared);
  }

  @Test
  void prepare_newDirectory_isPrivateToThisUser(@TempDir Path base) throws IOException {
    StateDirectory directory =
        StateDirectory.prepare(base.resolve("a/b"), "deferred", FunctionPolicy.privateDirectory());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
        .isEqualTo("rwx------");
  }

  @Test
  void prepare_directoryOpenToOthers_needsAnAllowList(@TempDir Path base) throws IOException {
    Path open = Files.createDirectory(base.resolve("deferred"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(
            () -> StateDirectory.prepare(base, "deferred", FunctionPolicy.privateDirectory()))
        .isInstanceOf(StateDirectoryException.class)
        .hasMessageContaining("is not private")
        .hasMessageContaining("chmod go-w")
        .hasMessageContaining("FunctionPolicy.allowList()");
    FunctionPolicy list = FunctionPolicy.allowList().allowClass(MountTableTest.class).build();
    assertThat(StateDirectory.prepare(base, "deferred", list).path()).isEqualTo(open.toRealPath());
  }

  @Test
  void prepare_symbolicLink_isRefused(@TempDir Path base) throws IOException {
    Path elsewhere = Files.createDirectory(base.resolve("elsewhere"));
    Files.createSymbolicLink(base.resolve("deferred"), elsewhere);
    assertThatThrownBy(
            () -> StateDirectory.prepare(base, "deferred", FunctionPolicy.privateDirectory()))
        .hasMessageContaining("is a symbolic link");
  }
}
