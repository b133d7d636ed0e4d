package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The class loader of an undeployed application that used Lastly is garbage collected. */
class UnloadTest {
  @TempDir Path base;

  /** With everything in the class loader, and with the driver in a shared one. */
  @ParameterizedTest
  @ValueSource(strings = {"loader a", "loader a sqlite-jdbc slf4j"})
  void close_ofTheOnlyManager_classLoaderGoes(String loader) throws Exception {
    Ledger ledger = new Ledger(base.resolve("ledger"));
    try (WorkerProcess server = WorkerProcess.start()) {
      server.call(loader);
      server.call("in a open m " + base + " reap=20");
      server.call("in a job m j");
      server.call("in a defer j log %s f".formatted(ledger.file()));
      server.call("in a end j");
      server.call("in a close m");
      server.call("in a cleanup " + base);
      assertThat(ledger.tags()).containsExactly("f");
      assertThat(server.call("unload a")).isEqualTo("gone");
    }
  }
}
