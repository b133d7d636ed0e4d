package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Await;
import dev.lastly.support.Database;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several managers in one JVM, and several copies of the library, as in an application server. */
@Tag("os")
class ClassLoadersTest {
  @TempDir Path base;

  @Test
  void examine_twoManagersOfOneJvm_bothAliveWhileTheProcessLives() throws Exception {
    Scene scene = new Scene(base);
    try (WorkerProcess two = WorkerProcess.start();
        WorkerProcess third = WorkerProcess.start()) {
      long id = scene.own(two);
      two.call("open other " + base + " reap=50");
      scene.watch(third);
      scene.assertLeftAlone(third, id);
      assertThat(two.call("reap other")).isEqualTo("0");
      two.call("close other");
      scene.assertLeftAlone(third, id);
      two.kill();
      scene.assertInherited(third, id, "is gone");
    }
  }

  /** Two web applications with the driver in the server's shared libraries. */
  @Test
  void examine_twoCopiesOfTheLibrary_bothAliveAlsoAfterOneIsUnloaded() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess server = WorkerProcess.start();
        WorkerProcess third = WorkerProcess.start()) {
      for (String copy : new String[] {"a", "b"}) {
        server.call("loader " + copy + " sqlite-jdbc slf4j");
        server.call("in " + copy + " open m " + base + " reap=50");
        server.call("in " + copy + " job m j");
        server.call("in %s defer j log %s %s".formatted(copy, ledger.file(), copy));
      }
      third.call("open m " + base + " reap=50");
      for (int i = 0; i < 20; i++) {
        assertThat(server.call("in a reap m") + server.call("in b reap m") + third.call("reap m"))
            .isEqualTo("000");
      }
      // The second copy goes, properly, and is garbage: its channel of the lock file must not be.
      server.call("in b close m");
      assertThat(server.call("unload b")).isEqualTo("gone");
      for (int i = 0; i < 20; i++) {
        assertThat(server.call("in a reap m") + third.call("reap m")).isEqualTo("00");
      }
      assertThat(ledger.tags()).containsExactly("b");
      assertThat(third.errors()).doesNotContain("lost its lock");
      server.kill();
      Await.until("the first copy's is run", () -> ledger.pidsOf("a").contains(third.pid()));
      try (Database db = Database.read(base)) {
        assertThat(db.rows("SELECT id, end_reason FROM owner ORDER BY id"))
            .containsExactly("1|died", "2|closed", "3|null");
      }
    }
  }

  /**
   * Two copies of SQLite in one process would drop each other's locks and corrupt the database, <a
   * href="https://www.sqlite.org/howtocorrupt.html">howtocorrupt</a>, section 2.2.1.
   */
  @Test
  void open_databaseOpenInAnotherCopyOfSqlite_isRefusedClearly() throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess server = WorkerProcess.start();
        WorkerProcess third = WorkerProcess.start()) {
      server.call("loader a");
      server.call("loader b");
      server.call("in a open m " + base + " reap=50");
      server.call("in a job m j");
      server.call("in a defer j log %s a".formatted(ledger.file()));
      assertThat(server.refused("in b open m " + base)).contains("another copy of SQLite");
      server.call("in b open m " + base.resolve("elsewhere"));
      third.call("open m " + base + " reap=50");
      assertThat(third.call("reap m")).isEqualTo("0");
      server.call("in a end j");
      assertThat(ledger.entries()).containsExactly(new Ledger.Entry("a", server.pid()));
      server.call("in a close m");
      server.call("in b open again " + base); // as after a redeployment
    }
  }
}
