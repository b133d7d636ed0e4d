package dev.lastly.internal.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log is written again as it was, or its loss is told. */
class LogRewriteTest {
  private static final int FRAME_BYTES = LogFile.FRAME_HEADER + 4096;

  @TempDir private Path directory;
  private Connection connection;
  private Path log;
  private long frames;

  @BeforeEach
  void fillLog() throws Exception {
    Path database = directory.resolve("some.db");
    connection = DriverManager.getConnection("jdbc:sqlite:" + database);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("CREATE TABLE t (x)");
      for (int i = 0; i < 600; i++) { // more frames than are read at once
        statement.execute("INSERT INTO t VALUES (randomblob(100))");
      }
    }
    log = directory.resolve("some.db-wal");
    frames = (Files.size(log) - LogFile.HEADER) / FRAME_BYTES;
  }

  @AfterEach
  void close() throws Exception {
    connection.close();
  }

  @Test
  void run_soundLog_writesTheSameBytes() throws Exception {
    byte[] before = Files.readAllBytes(log);
    LogRewrite.run(log, frames);
    assertThat(frames).isGreaterThan(512);
    assertThat(Files.readAllBytes(log)).isEqualTo(before);
  }

  @Test
  void run_noFrames_onlySyncs() throws Exception {
    byte[] before = Files.readAllBytes(log);
    LogRewrite.run(log, 0);
    assertThat(Files.readAllBytes(log)).isEqualTo(before);
  }

  @Test
  void run_oneByteIsNotWhatWasWritten_saysThatFramesAreLost() throws Exception {
    for (long frame : new long[] {1, 300, frames}) {
      long at = LogFile.HEADER + (frame - 1) * FRAME_BYTES + 1_000;
      flip(at);
      assertThatThrownBy(() -> LogRewrite.run(log, frames))
          .isInstanceOf(LogRewrite.LostFramesException.class)
          .hasMessageContaining("frame " + frame + " is not what was written");
      flip(at);
    }
    LogRewrite.run(log, frames);
  }

  @Test
  void run_logEndsEarly_saysThatFramesAreLost() throws Exception {
    assertThatThrownBy(() -> LogRewrite.run(log, frames + 1))
        .isInstanceOf(LogRewrite.LostFramesException.class)
        .hasMessageContaining("ends before frame " + (frames + 1));
  }

  @Test
  void run_logIsGone_makesNone() {
    Path gone = directory.resolve("gone-wal");
    assertThatThrownBy(() -> LogRewrite.run(gone, 1)).isInstanceOf(NoSuchFileException.class);
    assertThat(gone).doesNotExist();
  }

  private void flip(long at) throws Exception {
    try (FileChannel file =
        FileChannel.open(log, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      assertThat(file.read(one, at)).isEqualTo(1);
      one.put(0, (byte) (one.get(0) ^ 1)).rewind();
      assertThat(file.write(one, at)).isEqualTo(1);
    }
  }
}
