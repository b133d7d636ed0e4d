package dev.lastly.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A message names what the operating system has refused, and the worker goes on afterwards. */
@Tag("os")
class StorageAdviceTest {
  @TempDir Path base;

  @Test
  void defer_limitOnTheSizeOfFiles_isNamedAndNoDevice() throws Exception {
    try (WorkerProcess worker = WorkerProcess.start()) {
      begin(worker, base);
      long bytes = Files.size(base.resolve("deferred/deferred.db-wal"));
      Shell.run("prlimit", "--pid", worker.pid() + "", "--fsize=" + bytes + ":unlimited");
      assertThatThrownBy(() -> fill(worker))
          .hasMessageContaining("(EFBIG)")
          .hasMessageContaining("ulimit -f");
      Shell.run("prlimit", "--pid", worker.pid() + "", "--fsize=unlimited");
      end(worker);
    }
  }

  private void begin(WorkerProcess worker, Path state) throws Exception {
    worker.call("open m " + state + " reap=0");
    worker.call("job m j");
    worker.call("defer j log %s first".formatted(base.resolve("ledger")));
  }

  private void fill(WorkerProcess worker) throws Exception {
    for (int i = 0; i < 1_000; i++) { // the log may have room for some
      worker.call("defer j log %s f%d".formatted(base.resolve("ledger"), i));
    }
  }

  private void end(WorkerProcess worker) throws Exception {
    worker.call("end j");
    assertThat(new Ledger(base.resolve("ledger")).tags()).contains("first");
  }
}
