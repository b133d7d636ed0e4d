package dev.lastly.internal.proc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Objects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
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
  void mountOf_path_isThatOfTheMountAboveIt(String path, String type) throws Exception {
    assertThat(type(MountTable.parse(TABLE), path)).isEqualTo(type);
  }

  @Test
  void mountOf_namesOfAnyBytes_areComparedByThem() throws Exception {
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

  @Test
  void below_tree_hasTheMountsStrictlyBelowIt() throws Exception {
    MountTable table = MountTable.parse(TABLE);
    assertThat(table.below(Path.of("/mnt")))
        .containsExactlyInAnyOrder(Path.of("/mnt/share"), Path.of("/mnt/with space"));
    assertThat(table.below(Path.of("/mnt/share"))).isEmpty();
    assertThat(table.below(Path.of("/tm"))).isEmpty();
    assertThat(table.below(Path.of("/"))).hasSize(4).doesNotContain(Path.of("/"));
  }

  @Test
  void parse_emptyTable_hasNoMounts() throws Exception {
    MountTable table = MountTable.parse(""); // as in a chroot
    assertThat(table.mountOf(Path.of("/srv"))).isNull();
    assertThat(table.below(Path.of("/"))).isEmpty();
  }

  @Property
  void parse_anyText_givesATableOrAClearError(@ForAll String text) {
    try {
      assertThat(type(MountTable.parse(text), "/x")).isNotEmpty();
    } catch (ProcFormatException e) {
      assertThat(e).hasMessageContaining("proc_pid_mountinfo(5)");
    }
  }

  /** It may be the one of a network mount, or of a mount in a tree that is to be deleted. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "31 22 0:26 / /mnt/share rw",
        "31 22 0:26 / /mnt/share rw master:1 nfs4 server:/export rw",
        "31 22 0:26 / /mnt/share rw - ",
        "31 22 0:26 / /mnt/share rw - nfs4",
        "31 22 0:26 / /mnt/share rw -  server:/export rw",
        "31 22 0:26 / mnt/share rw - nfs4 server:/export rw",
        "31 22 0:26 / /mnt\\9 rw - nfs4 server:/export rw",
        "31 22 0:26 / /mnt\\0 rw - nfs4 server:/export rw",
        "31 22 0:26 / /mnt\\777 rw - nfs4 server:/export rw",
        "31 22 0:26 / /mnt\\000 rw - nfs4 server:/export rw",
        "1 2",
        "?"
      })
  void parse_lineOfAnotherForm_refusesTheTable(String line) {
    assertThatThrownBy(() -> MountTable.parse(TABLE + line + "\n"))
        .isInstanceOf(ProcFormatException.class)
        .hasMessageContaining("/proc/self/mountinfo has a line")
        .hasMessageContaining(line);
  }

  @Test
  void unescape_octalBytes_areDecoded_andNothingElse() {
    assertThat(MountTable.unescape("/a\\040b\\134c\\303\\244")).isEqualTo("/a b\\c\u00c3\u00a4");
    for (String broken : new String[] {"\\", "\\04", "\\400", "\\08x", "a\\b"}) {
      assertThat(MountTable.unescape(broken)).as(broken).isNull();
    }
  }

  @Test
  void ofThisProcess_hasProc() throws Exception {
    MountTable table = Objects.requireNonNull(MountTable.ofThisProcess());
    assertThat(table.below(Path.of("/"))).contains(Path.of("/proc"));
    assertThat(type(table, "/proc/self")).isEqualTo("proc");
  }
}
