package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
  void open_byTheNextReleaseBesideALivingWorker_isRefusedAndHarmsNobody() throws Exception {
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
