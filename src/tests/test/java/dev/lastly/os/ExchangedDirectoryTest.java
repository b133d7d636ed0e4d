package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another user exchanges directories on the path while a worker opens them, again and again: no row
 * that this user planted ever runs as the worker.
 */
@Tag("os")
class ExchangedDirectoryTest {
  private static final String ATTACKER = "65534";
  private static final int TRIES = 60;

  @TempDir private Path temp;
  private Path shared;
  private Ledger ledger;

  /** A state directory with a planted row, of the attacker's own, is at {@code evil}. */
  @BeforeEach
  void plant() throws Exception {
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
    shared = Files.createDirectory(temp.resolve("shared"));
    ledger = new Ledger(temp.resolve("ledger"));
    Path evil = Files.createDirectory(shared.resolve("evil"));
    try (WorkerProcess worker = WorkerProcess.start()) {
      worker.call("open m " + evil + " reap=0");
      worker.call("job m j");
      worker.call("defer j log %s planted".formatted(ledger.file()));
      worker.kill();
    }
    Shell.run("chown", "-R", ATTACKER, evil.toString());
  }

  private Process attacker(String loop) throws Exception {
    return new ProcessBuilder(
            "setpriv",
            "--reuid",
            ATTACKER,
            "--clear-groups",
            "sh",
            "-c",
            "cd " + shared + "; while [ ! -e ../stop ]; do " + loop + "; done")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Ends the loop between two rounds: after a kill, its mv(1) would go on beside JUnit's rm. */
  private void stop(Process attacker) throws Exception {
    Files.createFile(temp.resolve("stop"));
    if (!attacker.waitFor(30, TimeUnit.SECONDS)) {
      attacker.descendants().forEach(ProcessHandle::destroyForcibly);
      attacker.destroyForcibly();
      throw new IllegalStateException("The attacker's loop does not end");
    }
  }

  /** Opens and reaps; whether it was let in. */
  private static boolean open(WorkerProcess worker, Path base, int number) throws Exception {
    String name = "m" + number;
    boolean opened = worker.attempt("open " + name + " " + base + " reap=0").startsWith("ok");
    if (opened) {
      worker.attempt("reap " + name);
      worker.attempt("close " + name);
    }
    return opened;
  }

  @Test
  void open_attackerOwnsADirectoryAbove_isAlwaysRefused() throws Exception {
    Path work = Files.createDirectory(shared.resolve("work"));
    Shell.run("chown", ATTACKER, shared.toString());
    Process attacker = attacker("mv work mine; mv evil work; mv work evil; mv mine work");
    try (WorkerProcess worker = WorkerProcess.start()) {
      for (int i = 0; i < TRIES; i++) {
        assertThat(open(worker, work, i)).as("try %d", i).isFalse();
      }
    } finally {
      stop(attacker);
    }
    assertThat(ledger.file()).doesNotExist();
  }

  @Test
  void open_attackerMayCreateInAStickyDirectory_neverRunsWhatIsPlanted() throws Exception {
    Shell.run("chmod", "1777", shared.toString());
    Path work = shared.resolve("work");
    Process attacker = attacker("ln -s evil work; rm work; mv evil work; mv work evil");
    int opened = 0;
    try (WorkerProcess worker = WorkerProcess.start()) {
      for (int i = 0; i < TRIES; i++) {
        opened += open(worker, work, i) ? 1 : 0;
      }
    } finally {
      stop(attacker);
    }
    assertThat(ledger.file()).as("%d of %d were let in", opened, TRIES).doesNotExist();
  }
}
