package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.sqlite.OpenedFile;
import dev.lastly.model.StoreException;
import dev.lastly.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OpenedFileTest {
  private static final long TWO_MILLIS = 2_000_000;

  @TempDir private Path directory;
  private Path file;
  private OpenedFile place;

  @BeforeEach
  void create() throws IOException {
    file = Files.createFile(directory.resolve("deferred.db"));
    place = new OpenedFile(file);
  }

  @Test
  void requireRecently_firstCall_looks() throws IOException {
    Files.delete(file);
    assertThatThrownBy(place::requireRecently).isInstanceOf(StoreException.class);
  }

  @Test
  void requireRecently_replacedAMillisecondAgo_isRefusedEachTime() throws Exception {
    place.requireRecently();
    Files.move(file, directory.resolve("elsewhere"));
    Files.createFile(file);
    long moved = System.nanoTime();
    Await.until("a millisecond has gone by", () -> System.nanoTime() - moved > TWO_MILLIS);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(place::requireRecently)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("was deleted or replaced under this process");
    }
  }

  private Connection connect(Path database) throws Exception {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("CREATE TABLE IF NOT EXISTS t (a)");
    }
    return connection;
  }

  @ParameterizedTest
  @ValueSource(strings = {"-wal", "-shm"})
  void require_logOrIndexDeletedOrReplaced_isRefused(String suffix) throws Exception {
    Path database = directory.resolve("some.db");
    Path part = directory.resolve("some.db" + suffix);
    try (Connection open = connect(database)) {
      OpenedFile watched = new OpenedFile(database);
      watched.watchLog();
      watched.require();
      Files.delete(part);
      assertThatThrownBy(watched::require)
          .isInstanceOf(StoreException.class)
          .hasMessageContainingAll(suffix, "was deleted or replaced under this process");
      assertThat(watched.isLogReplaced()).isFalse();
      Files.createFile(part);
      assertThatThrownBy(watched::require).isInstanceOf(StoreException.class);
      assertThat(watched.isLogReplaced()).isTrue();
      assertThat(open.isClosed()).isFalse();
    }
  }

  /** SQLite deletes both files with the last connection. */
  @Test
  void require_lastConnectionClosedAndAnotherOpened_watchesTheNewFiles() throws Exception {
    Path database = directory.resolve("some.db");
    OpenedFile watched;
    try (Connection open = connect(database)) {
      watched = new OpenedFile(database);
      watched.watchLog();
      assertThat(open.isClosed()).isFalse();
    }
    watched.require();
    assertThat(directory.resolve("some.db-wal")).doesNotExist();
    try (Connection again = connect(database)) {
      watched.require();
      Files.delete(directory.resolve("some.db-shm"));
      assertThat(watched.isLogLost()).isTrue();
      assertThat(again.isClosed()).isFalse();
    }
  }
}
