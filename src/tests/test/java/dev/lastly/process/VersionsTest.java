package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.Inspector;
import dev.lastly.model.StoreException;
import dev.lastly.support.ChildJvm;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which releases may share a store: those with the same schema. The others hear it at open. */
class VersionsTest {
  @TempDir private Path base;
  @TempDir private Path classes;

  private Ledger ledger;
  private String open;

  @BeforeEach
  void prepare() throws Exception {
    ledger = new Ledger(base.resolve("ledger"));
    open = "open m " + base + " reap=0";
    Path next = NextRelease.compile(classes);
    assertThat(next).isDirectory();
  }

  private WorkerProcess next() throws Exception {
    return WorkerProcess.launcher().replacing(classes).start();
  }

  @Test
  void open_byTheNextReleaseBesideALivingWorker_isRefusedAndHarmsNoOther() throws Exception {
    try (WorkerProcess older = WorkerProcess.start();
        WorkerProcess newer = next()) {
      openAndDefer(older, "before");
      assertThat(newer.refused(open))
          .contains("has schema version 10, of an older release")
          .contains("works with version 11")
          .contains("Nothing was changed")
          .contains("process ids: [" + older.pid() + "]");
      older.call("defer job log " + ledger.file() + " after");
      older.call("end job");
      older.call("close m");
      assertThat(ledger.tags()).containsExactly("after", "before");
      newer.call(open);
      assertThat(version()).isEqualTo(NextRelease.VERSION);
    }
  }

  @Test
  void open_byTheNextReleaseAfterADeath_migratesAndRunsWhatIsLeft() throws Exception {
    try (WorkerProcess older = WorkerProcess.start();
        WorkerProcess newer = next()) {
      openAndDefer(older, "orphan");
      older.kill();
      newer.call(open);
      assertThat(newer.call("reap m")).isEqualTo("1");
      assertThat(ledger.tags()).containsExactly("orphan");
    }
  }

  @Test
  void open_byThisReleaseAfterTheNext_isRefusedWithoutAChange() throws Exception {
    try (WorkerProcess newer = next();
        WorkerProcess older = WorkerProcess.start()) {
      newer.call(open);
      assertThat(older.refused(open))
          .contains("has schema version 11; this Lastly knows versions up to 10")
          .contains("Use that release in all workers of this directory");
      defer(newer, "fine");
      newer.call("end job");
      assertThat(ledger.tags()).containsExactly("fine");
    }
  }

  /** A person looks with the program of the older release. */
  @Test
  void status_afterTheNextRelease_saysWhichReleaseToUse() throws Exception {
    try (WorkerProcess newer = next()) {
      newer.call(open);
      defer(newer, "fine");
      assertThat(status())
          .startsWith("3 lastly: ")
          .contains("has schema version 11; this Lastly knows versions up to 10")
          .contains("Use that release in all workers of this directory");
      assertThatThrownBy(() -> Inspector.open(base))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("has schema version 11; this Lastly knows versions up to 10");
      newer.call("end job");
      assertThat(ledger.tags()).containsExactly("fine");
    }
    assertThat(version()).isEqualTo(NextRelease.VERSION);
  }

  /** And with the program of this release at what a build from before the first one left. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "PRAGMA user_version = 9; has schema version 9: a development build of Lastly made it",
        "UPDATE flyway_schema_history SET checksum = 7; a development build of Lastly made it"
      })
  void status_databaseOfADevelopmentBuild_saysWhoCanRunWhatIsLeft(String change, String sentence)
      throws Exception {
    try (WorkerProcess dead = WorkerProcess.start()) {
      openAndDefer(dead, "left");
      dead.kill();
    }
    Database.edit(Database.file(base), change);
    assertThat(status())
        .startsWith("3 lastly: ")
        .contains(sentence)
        .contains("Nothing was changed. Let that build run what is left")
        .contains("Functions in it that are not finished: 1. Do not remove the directory");
    assertThatThrownBy(() -> Inspector.open(base))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(sentence);
  }

  /** The exit status of {@code lastly status}, and what it prints. */
  private String status() throws Exception {
    List<String> command = new ArrayList<>(ChildJvm.command());
    command.addAll(List.of("dev.lastly.cli.Lastly", "status", "--state-dir", base.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + output;
  }

  /** A reader of the older release would find tables that it does not know. */
  @Test
  void open_byTheNextReleaseBesideAReader_isRefused() throws Exception {
    try (WorkerProcess older = WorkerProcess.start();
        WorkerProcess newer = next()) {
      older.call(open);
      older.call("close m");
      try (Connection reader = connect();
          Statement statement = reader.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM job")) {
        assertThat(row.next()).isTrue();
        assertThat(newer.refused(open))
            .contains("process ids: [" + ProcessHandle.current().pid() + "]");
      }
      newer.call(open);
    }
  }

  private void openAndDefer(WorkerProcess worker, String tag) throws Exception {
    worker.call(open);
    defer(worker, tag);
  }

  private void defer(WorkerProcess worker, String tag) throws Exception {
    worker.call("job m job");
    worker.call("defer job log " + ledger.file() + " " + tag);
  }

  private Connection connect() throws Exception {
    return DriverManager.getConnection(
        "jdbc:sqlite:" + base.resolve("deferred").resolve("deferred.db"));
  }

  private int version() throws Exception {
    try (Connection reader = connect();
        Statement statement = reader.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA user_version")) {
      return row.next() ? row.getInt(1) : -1;
    }
  }
}
