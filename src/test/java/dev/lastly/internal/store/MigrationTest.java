package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which versions of the schema are opened, and what is said of the others. */
final class MigrationTest {
  private static final String VERSION = "PRAGMA user_version";

  @TempDir private Path directory;

  @BeforeEach
  void createDatabase() {
    TestStore.open(directory).close();
  }

  @Test
  void open_newDatabase_hasThePresentVersion() throws SQLException {
    assertThat(TestStore.query(directory, VERSION))
        .containsExactly(Integer.toString(Schema.VERSION));
  }

  /** The versions of builds from before the first release. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
  void open_databaseOfADevelopmentBuild_isRefusedAndLeftAsItIs(int version) throws Exception {
    TestStore.execute(directory, VERSION + " = " + version);
    assertRefused(
        "has schema version %d: a development build of Lastly made it, before the first release"
            .formatted(version),
        "This Lastly works with version " + Schema.VERSION,
        "Nothing was changed",
        "Let that build run what is left, with its `lastly reap` or its cleanupWorker",
        "Then remove the directory " + directory + ", or choose another state directory");
  }

  @Test
  void open_databaseOfTheNextVersion_isRefusedAndLeftAsItIs() throws Exception {
    int next = Schema.VERSION + 1;
    TestStore.execute(directory, VERSION + " = " + next);
    assertRefused(
        "has schema version %d; this Lastly knows versions up to %d"
            .formatted(next, Schema.VERSION),
        "Nothing was changed. Use a newer Lastly on this node");
  }

  /** By a worker, which could write, and by what only reads. */
  private void assertRefused(String... texts) throws IOException {
    byte[] before = Files.readAllBytes(TestStore.database(directory));
    assertThatThrownBy(() -> TestStore.open(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(texts);
    assertThatThrownBy(() -> Records.open(TestStore.database(directory), Duration.ofSeconds(10)))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(texts);
    assertThat(Files.readAllBytes(TestStore.database(directory))).isEqualTo(before);
  }
}
