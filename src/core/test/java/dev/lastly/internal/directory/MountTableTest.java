package dev.lastly.internal.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.StateDirectoryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
  void mountOf_path_isThatOfTheMountAboveIt(String path, String type) {
    assertThat(type(MountTable.parse(TABLE), path)).isEqualTo(type);
  }

  @Test
  void mountOf_namesOfAnyBytes_areComparedByThem() {
    MountTable table =
        MountTable.parse(
            """
            22 1 254:0 / / rw - ext4 /dev/vda rw
            30 22 0:25 / /mnt/gr\\303\\274n\\012x rw - nfs4 server:/ rw
            31 22 0:26 / /mnt/\u00c3\u00a4 rw - cifs //server/x rw
            """);
    assertThat(type(table, "/mnt/gr\u00fcn\nx/y")).isEqualTo("nfs4");
    assertThat(type(table, "/mnt/\u00e4/y")).isEqualTo("cifs");
    assertThat(type(table, "/mnt/gr")).isEqualTo("ext4");
  }

  private static String type(MountTable table, String path) {
    MountTable.Mount mount = table.mountOf(Path.of(path));
    return mount == null ? "none" : mount.type();
  }

  @Property
  void parse_anyText_neverFails(@ForAll String text) {
    assertThat(type(MountTable.parse(text), "/x")).isNotEmpty();
  }

  /** It may be the one of a network mount. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "31 22 0:26 / /mnt/share rw",
        "31 22 0:26 / /mnt/share rw master:1 nfs4 server:/export rw",
        "31 22 0:26 / /mnt/share rw - ",
        "31 22 0:26 / /mnt/share rw - nfs4",
        "31 22 0:26 / /mnt/share rw -  server:/export rw",
        "31 22 0:26 / mnt/share rw - nfs4 server:/export rw",
        "?"
      })
  void parse_lineOfAnotherForm_isNotPassedOver(String line) {
    MountTable table = MountTable.parse(TABLE + line + "\n");
    assertThat(table.unreadable()).isEqualTo(line);
    assertThat(MountTable.parse(TABLE).unreadable()).isNull();
  }

  @Test
  void prepare_newDirectory_isPrivateToThisUser(@TempDir Path base) throws IOException {
    StateDirectory directory =
        StateDirectory.prepare(
            base.resolve("a/b"), "deferred", FunctionPolicy.privateDirectory(), Set.of());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.path())))
        .isEqualTo("rwx------");
  }

  @Test
  void prepare_directoryOpenToOthers_needsAnAllowList(@TempDir Path base) throws IOException {
    Path open = Files.createDirectory(base.resolve("deferred"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(
            () ->
                StateDirectory.prepare(
                    base, "deferred", FunctionPolicy.privateDirectory(), Set.of()))
        .isInstanceOf(StateDirectoryException.class)
        .hasMessageContaining("is not private")
        .hasMessageContaining("chmod go-w")
        .hasMessageContaining("FunctionPolicy.allowList()");
    FunctionPolicy list = FunctionPolicy.allowList().allowClass(MountTableTest.class).build();
    assertThat(StateDirectory.prepare(base, "deferred", list, Set.of()).path())
        .isEqualTo(open.toRealPath());
  }

  @Test
  void prepare_symbolicLink_isRefused(@TempDir Path base) throws IOException {
    Path elsewhere = Files.createDirectory(base.resolve("elsewhere"));
    Files.createSymbolicLink(base.resolve("deferred"), elsewhere);
    assertThatThrownBy(
            () ->
                StateDirectory.prepare(
                    base, "deferred", FunctionPolicy.privateDirectory(), Set.of()))
        .hasMessageContaining("is a symbolic link");
  }
}
