package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.owner.Owners.HeldBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcLocksTest {
  private static final String TABLE =
      """
      1: POSIX  ADVISORY  WRITE 4242 fe:00:131090 7 7
      1: -> POSIX  ADVISORY  WRITE 4243 fe:00:131090 7 7
      2: FLOCK  ADVISORY  WRITE 4242 fe:00:131090 0 EOF
      3: POSIX  ADVISORY  WRITE 4244 fe:00:131090 9 9
      4: POSIX  ADVISORY  READ 4245 fe:00:131090 10 10
      5: POSIX  ADVISORY  WRITE 4246 fe:00:131090 11 EOF
      6: POSIX  ADVISORY  WRITE 4247 fe:00:131091 12 12
      7: OFDLCK ADVISORY  WRITE -1 fe:00:131090 13 13
      8: POSIX  ADVISORY  WRITE 0 fe:00:131090 14 14
      9: POSIX  ADVISORY  WRITE 4248 fe:00:131090 15 16
      """;

  @Test
  void parse_table_givesTheWriteLocksOfThatFile() {
    assertThat(ProcLocks.parse(TABLE, 131090))
        .hasToString("7-7 by 4242;9-9 by 4244;15-16 by 4248;");
  }

  @Test
  void parse_lineWithoutItsEnd_isStillRead() {
    assertThat(ProcLocks.parse(TABLE.strip(), 131091)).hasToString("12-12 by 4247;");
  }

  @Property
  void parse_anyText_neverFails(@ForAll String text, @ForAll long inode) {
    assertThat(ProcLocks.parse(text + ":" + inode + " " + text, inode)).isNotNull();
  }

  @Test
  void parse_hugeRange_vouchesForEachOfItsBytes() {
    HeldBytes held =
        ProcLocks.parse("1: POSIX  ADVISORY  WRITE 7 fe:00:5 3 9223372036854775806\n", 5);
    assertThat(held.isHeldBy(2, 7)).isFalse();
    assertThat(held.isHeldBy(3, 7)).isTrue();
    assertThat(held.isHeldBy(Long.MAX_VALUE - 1, 7)).isTrue();
    assertThat(held.isHeldBy(Long.MAX_VALUE, 7)).isFalse();
    assertThat(held.isHeldBy(3, 8)).as("of another process").isFalse();
  }

  @Test
  void parse_emptyLinesAmongOthers_areSkipped() {
    assertThat(ProcLocks.parse("\n" + TABLE.replace("\n", "\n\n"), 131090))
        .hasToString(ProcLocks.parse(TABLE, 131090).toString());
  }

  @Test
  void parse_inodeInAnotherField_vouchesForNoOwner() {
    String line = "1:131090 POSIX  ADVISORY  WRITE 7 fe:00:5 5 5\n";
    assertThat(ProcLocks.parse(line, 131090)).hasToString("");
  }

  @Test
  void parse_rangesInAnyOrder_eachByteHasItsHolder() {
    StringBuilder table = new StringBuilder();
    for (long i = 999; i >= 0; i--) {
      table.append(
          "1: POSIX  ADVISORY  WRITE %d fe:00:5 %d %d\n".formatted(i + 1, 3 * i, 3 * i + 1));
    }
    HeldBytes held = ProcLocks.parse(table.toString(), 5);
    for (long i = 0; i < 1_000; i++) {
      assertThat(held.isHeldBy(3 * i, i + 1)).isTrue();
      assertThat(held.isHeldBy(3 * i + 1, i + 1)).isTrue();
      assertThat(held.isHeldBy(3 * i + 2, i + 1)).as("byte %d, between two", 3 * i + 2).isFalse();
    }
  }

  @Test
  void holders_byteOfThisProcess_isShownWithItsPid(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("owners.lock");
    LockFile locks = LockFile.open(path);
    assertThat(locks.hold(21)).isTrue();
    assertThat(locks.holders())
        .hasToString("21-21 by %d;".formatted(ProcessHandle.current().pid()));
    locks.release(21);
    assertThat(locks.holders()).hasToString("");
    assertThat(Files.exists(path)).isTrue();
  }
}
