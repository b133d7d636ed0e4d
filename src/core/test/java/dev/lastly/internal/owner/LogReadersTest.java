package dev.lastly.internal.owner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Who reads a database, from the kernel's list of locks. */
final class LogReadersTest {
  private static final String LOCKS =
      """
      1: POSIX  ADVISORY  READ 4242 fe:00:77 124 124
      2: POSIX  ADVISORY  READ 4242 fe:00:77 128 128
      3: POSIX  ADVISORY  READ 17 fe:00:77 123 123
      4: POSIX  ADVISORY  READ 18 fe:00:77 128 128
      5: POSIX  ADVISORY  WRITE 19 fe:00:77 120 120
      6: POSIX  ADVISORY  READ 20 fe:00:770 124 124
      7: POSIX  ADVISORY  READ 17 fe:00:77 127 127
      8: FLOCK  ADVISORY  READ 21 fe:00:77 0 EOF
      """;

  @Test
  void parse_locksOfManyKinds_findsThoseInAReadTransaction() {
    assertThat(LogReaders.parse(LOCKS, 77)).containsExactly(17L, 4242L);
    assertThat(LogReaders.parse(LOCKS, 7)).isEmpty();
  }

  @Test
  void pids_noSuchFile_isEmpty() {
    assertThat(LogReaders.pids(Path.of("/nonexistent/deferred.db-shm"))).isEmpty();
  }

  /** Byte 127 of a reader lies beside byte 128 of the same connection. */
  @Test
  void parse_neighbouringBytesShownAsOneRange_isAReader() {
    String line = "1: POSIX  ADVISORY  READ  4242 fe:00:77 127 128\n";
    assertThat(LogReaders.parse(line, 77)).containsExactly(4242L);
    assertThat(LogReaders.parse(line.replace("127 128", "128 128"), 77)).isEmpty();
  }
}
