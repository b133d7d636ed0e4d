package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
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
        .isEqualTo(Map.of(7L, 4242L, 9L, 4244L, 15L, 4248L, 16L, 4248L));
  }

  @Test
  void parse_lineWithoutItsEnd_isStillRead() {
    assertThat(ProcLocks.parse(TABLE.strip(), 131091)).isEqualTo(Map.of(12L, 4247L));
  }

  @Property
  void parse_anyText_neverFails(@ForAll String text, @ForAll long inode) {
    assertThat(ProcLocks.parse(text + ":" + inode + " " + text, inode)).isNotNull();
  }

  @Test
  void parse_hugeRange_isBounded() {
    String line = "1: POSIX  ADVISORY  WRITE 7 fe:00:5 0 9223372036854775806\n";
    assertThat(ProcLocks.parse(line, 5)).hasSize(10_000);
  }

  @Test
  void parse_rangeFarFromTheStart_isReadWhole() {
    String line = "1: POSIX  ADVISORY  WRITE 7 fe:00:5 20000 20001\n";
    assertThat(ProcLocks.parse(line, 5)).isEqualTo(Map.of(20_000L, 7L, 20_001L, 7L));
  }

  @Test
  void parse_emptyLinesAmongOthers_areSkipped() {
    assertThat(ProcLocks.parse("\n" + TABLE.replace("\n", "\n\n"), 131090))
        .isEqualTo(ProcLocks.parse(TABLE, 131090));
  }

  @Test
  void parse_inodeInAnotherField_vouchesForNobody() {
    String line = "1:131090 POSIX  ADVISORY  WRITE 7 fe:00:5 5 5\n";
    assertThat(ProcLocks.parse(line, 131090)).isEmpty();
  }

  @Test
  void parse_rangeUpToTheLargestNumber_doesNotWrapAround() {
    String line = "1: POSIX  ADVISORY  WRITE 7 fe:00:5 9223372036854775806 9223372036854775807\n";
    assertThat(ProcLocks.parse(line, 5))
        .isEqualTo(Map.of(Long.MAX_VALUE - 1, 7L, Long.MAX_VALUE, 7L));
  }

  @Test
  void parse_manyHugeRanges_areBoundedTogether() {
    StringBuilder table = new StringBuilder();
    for (long i = 0; i < 200; i++) {
      table.append("1: POSIX  ADVISORY  WRITE 7 fe:00:5 %d %d\n".formatted(i << 20, (i + 1) << 20));
    }
    assertThat(ProcLocks.parse(table.toString(), 5)).hasSize(ProcLocks.MAX_HOLDERS);
  }

  @Test
  void holders_byteOfThisProcess_isShownWithItsPid(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("owners.lock");
    LockFile locks = LockFile.open(path);
    assertThat(locks.hold(21)).isTrue();
    assertThat(locks.holders()).isEqualTo(Map.of(21L, ProcessHandle.current().pid()));
    locks.release(21);
    assertThat(locks.holders()).isEmpty();
    assertThat(Files.exists(path)).isTrue();
  }
}
