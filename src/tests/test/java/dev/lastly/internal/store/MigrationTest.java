package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which versions of the schema are opened, and how the others are refused. */
final class MigrationTest {
  private static final String VERSION = "PRAGMA user_version";

  private static final String CHECKSUM =
      "SELECT checksum FROM flyway_schema_history WHERE version = '1'";

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
  void files_thatAreNamed_areThoseOfTheDirectory() throws IOException {
    try (Stream<Path> files =
        Files.list(Path.of(System.getProperty("lastly.basedir"), "migrations"))) {
      assertThat(files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(MigrationFiles.NAMES);
    }
  }

  /**
   * Until the first release the migration may still change; then its fingerprint changes with it.
   */
  @Test
  void fingerprint_isThatOfTheMigration() throws SQLException {
    assertThat(TestStore.query(directory, CHECKSUM))
        .containsExactly(Long.toString(Schema.FINGERPRINT));
  }

  /** Such a build has made version 10, too. */
  @Test
  void open_databaseFromAnotherTextOfTheMigration_isRefusedAndLeftAsItIs() throws Exception {
    TestStore.execute(
        directory, "UPDATE flyway_schema_history SET checksum = 7 WHERE version = '1'");
    assertRefused(
        "its checksum is 7; expected " + Schema.FINGERPRINT,
        "a development build of Lastly made it, before the first release",
        "Nothing was changed",
        "Then remove the directory " + directory + ", or choose another state directory");
  }

  @Test
  void open_historyOfMigrationsIsMissing_isRefusedAndLeftAsItIs() throws Exception {
    TestStore.execute(directory, "DELETE FROM flyway_schema_history");
    assertRefused("its checksum is missing; expected " + Schema.FINGERPRINT);
  }

  @Test
  void open_databaseOfTheNextVersion_isRefusedAndLeftAsItIs() throws Exception {
    int next = Schema.VERSION + 1;
    TestStore.execute(directory, VERSION + " = " + next);
    assertRefused(
        "has schema version %d; this Lastly knows versions up to %d"
            .formatted(next, Schema.VERSION),
        "Nothing was changed. Use that release in all workers of this directory");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -7, Integer.MIN_VALUE})
  void open_versionThatNoLastlySetsAndRows_isRefusedAndAdvisesNotToRemoveThem(int version)
      throws Exception {
    try (Store store = TestStore.open(directory)) {
      leaveOne(store);
    }
    TestStore.execute(directory, VERSION + " = " + version);
    assertRefused(
        "has schema version %d, which no Lastly sets".formatted(version),
        "Nothing was changed",
        "PRAGMA user_version = " + Schema.VERSION,
        "Functions in it that are not finished: 1. Do not remove the directory " + directory);
    TestStore.execute(directory, VERSION + " = " + Schema.VERSION);
    TestStore.open(directory).close();
  }

  @Test
  void open_versionIsZeroAndRows_isRefusedByAWorkerAndAdvisesNotToRemoveThem() throws Exception {
    try (Store store = TestStore.open(directory)) {
      leaveOne(store);
    }
    TestStore.execute(directory, VERSION + " = 0");
    assertThatThrownBy(() -> TestStore.open(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(
            "has schema version 0, which no Lastly sets",
            "Functions in it that are not finished: 1");
    assertThat(TestStore.query(directory, "SELECT count(*) FROM deferred_function"))
        .containsExactly("1");
  }

  @Test
  void open_databaseOfADevelopmentBuildWithRows_advisesNotToRemoveThem() throws Exception {
    try (Store store = TestStore.open(directory)) {
      leaveOne(store);
    }
    TestStore.execute(directory, VERSION + " = 9");
    assertRefused("Functions in it that are not finished: 1. Do not remove the directory");
  }

  /** SQLite by itself would follow it, and create the file. */
  @Test
  void open_databaseIsASymbolicLink_isRefusedAndNothingIsCreatedOrChanged() throws Exception {
    Path database = TestStore.database(directory);
    Path victim = directory.resolve("victim");
    Files.delete(database);
    Files.createSymbolicLink(database, victim);
    assertThatThrownBy(() -> TestStore.open(directory)).isInstanceOf(StoreException.class);
    assertThat(victim).doesNotExist();
    Files.createFile(victim);
    assertThatThrownBy(() -> TestStore.open(directory)).isInstanceOf(StoreException.class);
    assertThat(victim).isEmptyFile();
  }

  private static void leaveOne(Store store) {
    TestStore.register(
        store, TestStore.newJob(TestStore.owner(store)), TestStore.CALL, 3, 2_000, false);
  }

  /** By a worker, which could write, and by what only reads. */
  private void assertRefused(String... texts) throws IOException {
    byte[] before = Files.readAllBytes(TestStore.database(directory));
    assertThatThrownBy(() -> TestStore.open(directory))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(texts);
    assertThatThrownBy(
            () -> Records.open(TestStore.database(directory), "boot", Duration.ofSeconds(10)))
        .isInstanceOf(StoreException.class)
        .hasMessageContainingAll(texts);
    assertThat(Files.readAllBytes(TestStore.database(directory))).isEqualTo(before);
  }
}
