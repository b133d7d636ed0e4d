package dev.lastly.internal.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.sqlite.SqliteCopies;
import dev.lastly.internal.sqlite.SqliteSource;
import dev.lastly.internal.sqlite.Statements;
import dev.lastly.internal.store.ReadingCopy.FilesSeen;
import dev.lastly.internal.store.ReadingCopy.ScratchDirectory;
import dev.lastly.model.StoreException;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
final class ReadingCopyTest {
  @TempDir private Path base;

  /** How many functions the copy has; fails if the copy is damaged. */
  private static long functions(ReadingCopy copy) throws Exception {
    try (Connection connection = SqliteSource.copy(copy.copy().file()).getConnection()) {
      Statements db = new Statements(connection);
      assertThat(db.text("PRAGMA integrity_check")).isEqualTo("ok");
      return db.number("SELECT count(*) FROM deferred_function");
    }
  }

  @Test
  void of_aWorkerThatWritesAllTheTime_isOneCommittedState() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m %s durability=PROCESS_CRASH".formatted(base));
      worker.call("job m j");
      worker.call("async flood j %s 2 20000".formatted(ledger.file()));
      Path database = Database.file(base);
      long before = 0;
      int copies = 0;
      while (before < 20_000 && copies < 100) {
        try (ReadingCopy copy = ReadingCopy.of(database)) {
          long now = functions(copy);
          assertThat(now).isGreaterThanOrEqualTo(before);
          before = now;
          copies++;
        }
      }
      assertThat(copies).isPositive();
      assertThat(before).isPositive();
      worker.kill();
    }
  }

  @Test
  void of_logThatAKilledWorkerLeft_hasAllThatIsInIt() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("flood j %s 1 100".formatted(ledger.file()));
      worker.kill();
    }
    Files.delete(Path.of(Database.file(base) + "-shm"));
    Instant start = Instant.now();
    Path file;
    try (ReadingCopy copy = ReadingCopy.of(Database.file(base))) {
      file = copy.copy().file();
      assertThat(functions(copy)).isEqualTo(100);
      assertThat(copy.copy().at()).isBetween(start, Instant.now());
    }
    assertThat(file.getParent()).doesNotExist();
  }

  @Test
  void of_databaseThatIsOpenInThisJvm_isRefused() {
    try (Store store = TestStore.open(base)) {
      TestStore.owner(store);
      assertThatThrownBy(() -> ReadingCopy.of(base.resolve("deferred.db")))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is open in this JVM");
    }
  }

  @Test
  void enter_whileTheFilesAreCopied_waits() throws Exception {
    Path database = base.resolve("deferred.db");
    SqliteCopies alone = SqliteCopies.enterAlone(database);
    Thread other = new Thread(() -> SqliteCopies.enter(database).close(), "other");
    other.start();
    other.join(50);
    assertThat(other.isAlive()).isTrue();
    alone.close();
    other.join(TimeUnit.SECONDS.toMillis(30));
    assertThat(other.isAlive()).isFalse();
    SqliteCopies.enterAlone(database).close();
  }

  @Test
  void seen_logRestartedOrDatabaseChanged_differs() throws IOException {
    Path database = Files.write(base.resolve("deferred.db"), new byte[100]);
    Path wal = Files.write(Path.of(database + "-wal"), new byte[200]);
    FilesSeen first = FilesSeen.of(database);
    Files.write(wal, new byte[300]);
    assertThat(FilesSeen.of(database)).as("the log has grown").isEqualTo(first);
    byte[] restarted = new byte[300];
    restarted[20] = 1; // a salt
    Files.write(wal, restarted);
    assertThat(FilesSeen.of(database)).isNotEqualTo(first);
    Files.write(wal, new byte[300]);
    assertThat(FilesSeen.of(database)).isEqualTo(first);
    Files.write(database, new byte[100]);
    assertThat(FilesSeen.of(database)).as("same size, later").isNotEqualTo(first);
  }

  @Test
  void isOlderThan_changedWithinTheSameTick_isFalse() throws IOException {
    Path database = Files.write(base.resolve("deferred.db"), new byte[100]);
    Instant changed = Files.getLastModifiedTime(database).toInstant();
    FilesSeen seen = FilesSeen.of(database);
    assertThat(seen.isOlderThan(changed)).isFalse();
    assertThat(seen.isOlderThan(changed.plusMillis(10))).isFalse();
    assertThat(seen.isOlderThan(changed.plusMillis(100))).isTrue();
    assertThat(seen.isOlderThan(changed.minus(Duration.ofHours(1)))).as("the clock").isTrue();
  }

  @Test
  void make_whatAKilledProcessLeft_isRemovedAndWhatALivingOneHasIsKept() throws Exception {
    Path home = ScratchDirectory.ofThisUser();
    Path dead = Files.createDirectory(home.resolve("read-1-dead-" + base.getFileName()));
    Files.createFile(dead.resolve("in-use"));
    Files.createFile(dead.resolve("deferred.db"));
    Path alive = Files.createDirectory(home.resolve("read-1-alive-" + base.getFileName()));
    Path guard = Files.createFile(alive.resolve("in-use"));
    String hold =
        "import"
            + " fcntl,sys;f=open(sys.argv[1],'w');fcntl.lockf(f,fcntl.LOCK_EX);print('held',flush=True);"
            + "sys.stdin.read()";
    Process holder = new ProcessBuilder("python3", "-c", hold, guard.toString()).start();
    try {
      assertThat(holder.inputReader().readLine()).isEqualTo("held");
      ScratchDirectory own = ScratchDirectory.make();
      ScratchDirectory another = ScratchDirectory.make();
      assertThat(dead).doesNotExist();
      assertThat(alive).exists();
      assertThat(own.path()).as("a second one must not drop its lock").exists();
      own.close();
      another.close();
      assertThat(own.path()).doesNotExist();
    } finally {
      holder.destroyForcibly().waitFor();
    }
    ScratchDirectory.make().close();
    assertThat(alive).doesNotExist();
  }
}
