package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.store.Salvage;
import dev.lastly.model.DamagedStoreException;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.LastlyException;
import dev.lastly.model.OnDamage;
import dev.lastly.model.Settings;
import dev.lastly.model.StateDirectoryException;
import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What SQLite takes for a new or a shorter database: 300 acknowledged functions of a worker that
 * was killed, and then its files are harmed.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamageTest {
  private static final int ROWS = 300;
  private static final int PAGE_BYTES = 2048;
  private static final Settings ZERO = Settings.builder().reapInterval(Duration.ZERO).build();
  private static final Settings BEGIN_NEW =
      Settings.builder().reapInterval(Duration.ZERO).onDamage(OnDamage.BEGIN_NEW).build();

  private Path temp;
  private Path template;
  private Path ledger;
  private int copies;

  @BeforeAll
  void killAWorkerWithFunctions(@TempDir Path directory) throws Exception {
    temp = directory;
    template = Files.createDirectory(temp.resolve("template"));
    ledger = temp.resolve("ledger");
    try (WorkerProcess victim = WorkerProcess.start()) {
      victim.call("open m %s reap=0".formatted(template));
      victim.call("job m j");
      for (int i = 1; i <= ROWS; i++) {
        victim.call("defer j log %s f%d".formatted(ledger, i));
      }
      victim.kill();
    }
  }

  private Path copy() throws IOException {
    Path base = Files.createDirectory(temp.resolve("base" + copies++));
    Path to = Files.createDirectory(base.resolve("deferred"));
    try (Stream<Path> files = Files.list(template.resolve("deferred"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return base;
  }

  private static Path file(Path base, String suffix) {
    return base.resolve("deferred").resolve("deferred.db" + suffix);
  }

  enum Harm {
    DATABASE_EMPTIED(true) {
      @Override
      void to(Path base) throws IOException {
        cut(file(base, ""), 0);
      }
    },
    DATABASE_DELETED(true) {
      @Override
      void to(Path base) throws IOException {
        Files.delete(file(base, ""));
      }
    },
    DATABASE_AND_WITNESS_DELETED(true) {
      @Override
      void to(Path base) throws IOException {
        Files.delete(file(base, ""));
        Files.delete(base.resolve("deferred/witness"));
      }
    },
    DATABASE_IS_GARBAGE(false) {
      @Override
      void to(Path base) throws IOException {
        Files.writeString(file(base, ""), "garbage ".repeat(1_000));
        Files.delete(file(base, "-wal"));
      }
    },
    DATABASE_CUT(false) {
      @Override
      void to(Path base) throws IOException, SQLException {
        moveLog(base);
        cut(file(base, ""), Files.size(file(base, "")) * 3 / 4);
      }
    },
    PAGE_OVERWRITTEN(false) {
      @Override
      void to(Path base) throws IOException, SQLException {
        moveLog(base);
        overwrite(base, rootOf(base, "deferred_function"));
      }
    },
    LOG_DELETED(false) {
      @Override
      void to(Path base) throws IOException {
        Files.delete(file(base, "-wal"));
      }
    },
    LOG_AND_INDEX_DELETED(false) {
      @Override
      void to(Path base) throws IOException {
        Files.delete(file(base, "-wal"));
        Files.delete(file(base, "-shm"));
      }
    },
    LOG_EMPTIED(false) {
      @Override
      void to(Path base) throws IOException {
        cut(file(base, "-wal"), 0);
      }
    },
    LOG_CUT(false) {
      @Override
      void to(Path base) throws IOException {
        cut(file(base, "-wal"), Files.size(file(base, "-wal")) / 2);
      }
    },
    LOG_IS_GARBAGE(false) {
      @Override
      void to(Path base) throws IOException {
        Files.writeString(file(base, "-wal"), "garbage ".repeat(1_000));
      }
    },
    HEADER_OF_THE_LOG_BROKEN(true) {
      @Override
      void to(Path base) throws IOException {
        flip(file(base, "-wal"), 17);
      }
    },
    BYTE_IN_THE_LOG_FLIPPED(true) {
      @Override
      void to(Path base) throws IOException {
        flip(file(base, "-wal"), Files.size(file(base, "-wal")) / 2);
      }
    },
    FIRST_FRAME_BROKEN(true) {
      @Override
      void to(Path base) throws IOException {
        flip(file(base, "-wal"), 32 + 24 + 5);
      }
    };

    /** Whether all 300 can be read from what is left. */
    final boolean isRecoverable;

    Harm(boolean isRecoverable) {
      this.isRecoverable = isRecoverable;
    }

    abstract void to(Path base) throws IOException, SQLException;

    /** Moves all into the database. */
    static void moveLog(Path base) throws SQLException {
      try (Connection open = DriverManager.getConnection("jdbc:sqlite:" + file(base, ""));
          Statement statement = open.createStatement()) {
        statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
      }
    }

    /** The number of the first page of a table or an index. */
    static long rootOf(Path base, String name) throws SQLException {
      try (Connection open = DriverManager.getConnection("jdbc:sqlite:" + file(base, ""));
          Statement statement = open.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'")) {
        row.next();
        return row.getLong(1);
      }
    }

    /** The first of the pages below a page of a table: https://www.sqlite.org/fileformat.html. */
    static long firstBelow(Path base, long page) throws IOException {
      try (RandomAccessFile open = new RandomAccessFile(file(base, "").toFile(), "r")) {
        long start = (page - 1) * PAGE_BYTES;
        open.seek(start);
        assertThat(open.read()).as("an interior page").isEqualTo(5);
        open.seek(start + 12);
        open.seek(start + open.readUnsignedShort());
        return open.readInt();
      }
    }

    static void overwrite(Path base, long page) throws IOException {
      try (RandomAccessFile open = new RandomAccessFile(file(base, "").toFile(), "rw")) {
        open.seek((page - 1) * PAGE_BYTES);
        open.write("garbage ".repeat(PAGE_BYTES / 8).getBytes(StandardCharsets.US_ASCII));
      }
    }

    static void cut(Path file, long bytes) throws IOException {
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.setLength(bytes);
      }
    }

    static void flip(Path file, long at) throws IOException {
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.seek(at);
        int old = open.read();
        open.seek(at);
        open.write(old ^ 0x10);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void open_afterHarm_isRefusedEachTimeAndLosesNothingMore(Harm harm) throws Exception {
    Path base = copy();
    harm.to(base);
    int ran = new Ledger(ledger).entries().size();
    for (int i = 0; i < 3; i++) {
      DamagedStoreException e =
          catchThrowableOfType(
              DamagedStoreException.class, () -> DeferredFunctionManager.open(base, ZERO));
      assertThat(e).as("%s, try %d", harm, i).isNotNull();
      assertThat(e.getMessage()).contains("deferred.db").contains("lastly doctor --salvage");
      assertThatThrownBy(() -> Inspector.open(base)).isInstanceOf(LastlyException.class);
    }
    assertThat(new Ledger(ledger).entries()).hasSize(ran);
    if (harm.isRecoverable) {
      List<Salvage.Salvaged> salvaged = Salvage.run(file(base, ""), base.resolve("salvaged"));
      assertThat(salvaged.get(0).functions()).as("%s: %s", harm, salvaged).isEqualTo(ROWS);
      assertThat(salvaged.get(0).problem()).isEmpty();
      try (Inspector inspector = Inspector.open(base.resolve("salvaged"))) {
        assertThat(
                Stream.of(dev.lastly.model.FunctionState.values())
                    .mapToLong(inspector.status()::count)
                    .sum())
            .isEqualTo(ROWS);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void open_afterHarmWithBeginNew_goesOnAndKeepsWhatIsLeft(Harm harm) throws Exception {
    Path base = copy();
    harm.to(base);
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, BEGIN_NEW)) {
      manager.openJob("new").close();
    }
    DeferredFunctionManager.open(base, ZERO).close();
    if (harm.isRecoverable) {
      List<Salvage.Salvaged> salvaged = Salvage.run(file(base, ""), base.resolve("salvaged"));
      assertThat(salvaged)
          .as("%s: %s", harm, salvaged)
          .anyMatch(one -> one.functions() == ROWS && one.problem().isEmpty());
    }
  }

  @Test
  void open_withoutHarm_opensAndKnowsAllRows() throws Exception {
    Path base = copy();
    int ran = new Ledger(ledger).entries().size();
    DeferredFunctionManager.open(base, ZERO).close();
    assertThat(new Ledger(ledger).entries()).hasSize(ran + ROWS);
    DeferredFunctionManager.open(base, ZERO).close();
  }

  /** Its rows are the only witness then, as before there was one. */
  @Test
  void open_witnessDeletedOrBroken_opensAndMakesAnother() throws Exception {
    Path base = copy();
    Path witness = base.resolve("deferred/witness");
    Files.delete(witness);
    DeferredFunctionManager.open(base, ZERO).close();
    assertThat(Files.readString(witness, StandardCharsets.ISO_8859_1)).startsWith("lastly witness");
    Files.writeString(witness, "x");
    DeferredFunctionManager.open(base, ZERO).close();
    assertThat(Files.readString(witness, StandardCharsets.ISO_8859_1)).startsWith("lastly witness");
  }

  @Test
  void salvage_indexOverwritten_getsAllFunctions() throws Exception {
    Path base = copy();
    Harm.moveLog(base);
    Harm.overwrite(base, Harm.rootOf(base, "function_unfinished"));
    Salvage.Salvaged one = Salvage.run(file(base, ""), base.resolve("salvaged")).get(0);
    assertThat(one.functions()).isEqualTo(ROWS);
    assertThat(one.missing()).isZero();
    assertThat(one.problem()).isEmpty();
  }

  @Test
  void salvage_pageOfFunctionsOverwritten_getsTheOthersAndTheyRun() throws Exception {
    Path base = copy();
    Harm.moveLog(base);
    Harm.overwrite(base, Harm.firstBelow(base, Harm.rootOf(base, "deferred_function")));
    Path salvaged = base.resolve("salvaged");
    Salvage.Salvaged one = Salvage.run(file(base, ""), salvaged).get(0);
    assertThat(one.functions()).isBetween(ROWS - 20L, ROWS - 1L);
    assertThat(one.missing()).isEqualTo(ROWS - one.functions());
    int ran = new Ledger(ledger).entries().size();
    DeferredFunctionManager.open(salvaged, ZERO).close();
    assertThat(new Ledger(ledger).entries()).hasSize(ran + (int) one.functions());
  }

  @Test
  void salvage_databaseCut_getsWhatIsInTheRest() throws Exception {
    Path base = copy();
    Harm.DATABASE_CUT.to(base);
    Salvage.Salvaged one = Salvage.run(file(base, ""), base.resolve("salvaged")).get(0);
    assertThat(one.functions()).isBetween(1L, ROWS - 1L);
    assertThat(one.missing()).isEqualTo(ROWS - one.functions());
  }

  /** In a directory that others can write, which needs an allow-list. */
  @Test
  void open_anyFileIsALinkToAnother_isRefusedAndThatStaysAsItIs() throws Exception {
    Path base = copy();
    Path away = Files.createDirectory(base.resolve("away"));
    Settings list =
        Settings.builder()
            .policy(FunctionPolicy.allowList().allowClass(DamageTest.class).build())
            .build();
    try (Stream<Path> files = Files.list(base.resolve("deferred"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path victim = Files.move(file, away.resolve(file.getFileName()));
        byte[] before = Files.readAllBytes(victim);
        Files.createSymbolicLink(file, victim);
        assertThatThrownBy(() -> DeferredFunctionManager.open(base, list))
            .isInstanceOf(StateDirectoryException.class)
            .hasMessageContainingAll(file.toString(), "is a symbolic link");
        assertThat(victim).hasBinaryContent(before);
        Files.move(victim, file, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  @Test
  void open_witnessBrokenOrGone_warnsOnce() throws Exception {
    Path base = copy();
    Files.writeString(base.resolve("deferred/witness"), "x");
    Path without = copy();
    for (String gone : List.of("deferred.db-wal", "deferred.db-shm", "witness")) {
      Files.delete(without.resolve("deferred").resolve(gone));
    }
    touch("2 hours ago", file(without, ""));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m %s reap=0".formatted(base));
      worker.call("open n %s reap=0".formatted(base));
      worker.call("open o %s reap=0".formatted(without));
      worker.call("open p %s reap=0".formatted(without));
      worker.call("open q %s reap=0".formatted(temp.resolve("nothing-before")));
      assertThat(worker.errors().lines().filter(line -> line.contains("witness is missing")))
          .as(worker.errors())
          .hasSize(1)
          .allMatch(line -> line.contains(without.toString()));
      assertThat(worker.errors().lines().filter(line -> line.contains("witness is damaged")))
          .as(worker.errors())
          .hasSize(1);
    }
  }

  @Test
  void open_databaseOfAnotherStoreOrAnOlderCopy_isRefused() throws Exception {
    Path base = copy();
    Path other = temp.resolve("other");
    DeferredFunctionManager.open(other, ZERO).close();
    Files.delete(file(base, "-wal"));
    Files.copy(file(other, ""), Files.createDirectories(base.resolve("x")).resolve("y"));
    Files.move(base.resolve("x/y"), file(base, ""), StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> DeferredFunctionManager.open(base, ZERO))
        .isInstanceOf(DamagedStoreException.class)
        .hasMessageContaining("belongs to another store");
  }

  /** A tmp cleaner deletes what looks old. */
  @Test
  void open_databaseDeletedUnderALivingWorker_isRefusedUntilItHasEnded() throws Exception {
    Path base = Files.createDirectory(temp.resolve("living"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m %s reap=0".formatted(base));
      worker.call("job m j");
      worker.call("defer j log %s f".formatted(temp.resolve("living.ledger")));
      Files.delete(file(base, ""));
      for (Settings settings : List.of(ZERO, BEGIN_NEW)) {
        assertThatThrownBy(() -> DeferredFunctionManager.open(base, settings))
            .isInstanceOf(DamagedStoreException.class)
            .hasMessageContaining("is missing");
      }
      worker.call("end j"); // it still has the file
      assertThat(new Ledger(temp.resolve("living.ledger")).entries()).hasSize(1);
      worker.kill();
    }
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, BEGIN_NEW)) {
      manager.openJob("new").close();
    }
    try (Database database = Database.read(base)) {
      assertThat(database.rows("SELECT count(*) FROM deferred_function")).containsExactly("0");
    }
  }

  /**
   * The last connection to a database deletes the log by its path, wherever the database has been
   * moved: it would be the log of the new store.
   */
  @Test
  void open_damagedAndAReaderHasItOpen_noNewStoreIsBegunBeforeItHasEnded() throws Exception {
    Path base = copy();
    Harm.BYTE_IN_THE_LOG_FLIPPED.to(base);
    try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file(base, ""));
        Statement statement = reader.createStatement()) {
      statement.executeQuery("SELECT count(*) FROM deferred_function").close();
      assertThatThrownBy(() -> DeferredFunctionManager.open(base, BEGIN_NEW))
          .isInstanceOf(DamagedStoreException.class)
          .hasMessageContaining("still has the damaged one open");
      assertThat(file(base, "")).exists();
    }
    DeferredFunctionManager.open(base, BEGIN_NEW).close();
  }

  /** What is registered stays in the log for long; no file must look abandoned. */
  @Test
  void upkeep_filesLookOld_areTouchedAndLocksAreKept() throws Exception {
    Path base = temp.resolve("old");
    Settings quick = Settings.builder().reapInterval(Duration.ofMillis(200)).build();
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base, quick)) {
      manager.openJob("new").close();
      Path lockFile = base.resolve("deferred/owners.lock");
      List<Path> files =
          List.of(
              file(base, ""),
              file(base, "-wal"),
              file(base, "-shm"),
              lockFile,
              base.resolve("deferred/witness"));
      touch("3 days ago", files.toArray(Path[]::new));
      Instant recently = Instant.now().minus(Duration.ofHours(1));
      Await.until(
          "each file was touched",
          () -> {
            for (Path file : files) {
              if (Files.getLastModifiedTime(file).toInstant().isBefore(recently)) {
                return false;
              }
            }
            return true;
          });
      assertThat(Owners.open(lockFile).locks().holders().isHeld(manager.ownerId())).isTrue();
    }
  }

  /** Not by Java, which would open and close a file, and so drop SQLite's locks. */
  private static void touch(String time, Path... files) throws Exception {
    List<String> command = new ArrayList<>(List.of("touch", "-d", time));
    Stream.of(files).map(Path::toString).forEach(command::add);
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
  }
}
