package dev.lastly.internal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What {@link FailedSync} knows, and what it leaves for the next process. */
class SyncMarkTest {
  @TempDir private Path directory;
  private FailedSync failedSync;
  private Path mark;

  @BeforeEach
  void noteOne() {
    failedSync = new FailedSync(directory.resolve("some.db"));
    assertThat(failedSync.isPending()).isFalse();
    failedSync.noteIf(new SQLException("something else"));
    assertThat(failedSync.isPending()).isFalse();
    failedSync.noteIf(failure());
    mark = directory.resolve("unsynced");
    assertPending(true);
  }

  private static SQLException failure() {
    return new SQLiteException("a sync fails", SQLiteErrorCode.SQLITE_IOERR_FSYNC);
  }

  private void assertPending(boolean expected) {
    assertThat(failedSync.isPending()).isEqualTo(expected);
    assertThat(Files.exists(mark)).isEqualTo(expected);
    assertThat(new FailedSync(directory.resolve("some.db")).isPending()).isEqualTo(expected);
  }

  @Test
  void rewriteBy_succeeds_isForgotten() throws Exception {
    failedSync.rewriteBy(() -> {});
    assertPending(false);
  }

  @Test
  void rewriteBy_fails_staysNoted() {
    assertThatThrownBy(
            () ->
                failedSync.rewriteBy(
                    () -> {
                      throw new IOException("it fails, too");
                    }))
        .hasMessage("it fails, too");
    assertPending(true);
  }

  /** As when compaction, with a connection of its own, moves the log meanwhile. */
  @Test
  void rewriteBy_anotherSyncFailsMeanwhile_staysNoted() throws Exception {
    failedSync.rewriteBy(() -> failedSync.noteIf(failure()));
    assertPending(true);
    failedSync.rewriteBy(() -> {});
    assertPending(false);
  }

  @Test
  void look_anotherProcessHasNotedOne_isPending() throws Exception {
    failedSync.rewriteBy(() -> {});
    assertThat(failedSync.look()).isFalse();
    new FailedSync(directory.resolve("some.db")).noteIf(failure());
    assertThat(failedSync.isPending()).isFalse();
    assertThat(failedSync.look()).isTrue();
    assertPending(true);
  }
}
