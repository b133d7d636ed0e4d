package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.sqlite.SqlErrors;
import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SQLite has one code for a page that is damaged, and for one that the device cannot read now. */
final class DamageJudgedTest {
  @TempDir private Path directory;
  private Path database;
  private StoreException malformed;

  @BeforeEach
  void prepare() throws Exception {
    database = Files.writeString(directory.resolve("some.db"), "some bytes");
    malformed = SqlErrors.translate("read", database, SqlErrors.damaged("a page"));
  }

  @Test
  void judge_allCanBeRead_isDamage() {
    assertThat(Damage.judge(database, malformed))
        .isInstanceOf(DamagedStoreException.class)
        .hasMessageContainingAll("some.db is damaged", "a page", "lastly doctor --salvage");
  }

  /** A read of a directory fails as that of a bad block does. */
  @Test
  void judge_aPartCannotBeReadNow_isNoDamage() throws Exception {
    Files.createDirectory(directory.resolve("some.db-wal"));
    assertThat(Damage.judge(database, malformed)).isSameAs(malformed);
  }

  @Test
  void judge_openInThisProcess_isNotReadAndNoDamage() {
    try (SqliteCopies open = SqliteCopies.enter(database)) {
      assertThat(Damage.judge(database, malformed)).isSameAs(malformed);
      open.close();
    }
  }

  @Test
  void judge_anotherFailure_staysWhatItIs() {
    StoreException other = new StoreException("another");
    assertThat(Damage.judge(database, other)).isSameAs(other);
  }
}
