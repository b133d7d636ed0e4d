package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A call with texts, paths, integers and booleans needs no JSON library, neither in the process
 * that registers it nor in the one that runs it. Loading Jackson is most of what a first call costs
 * a new JVM.
 */
@Timeout(60)
class PlainCallTest {
  @TempDir private Path base;

  @Test
  void deferAndRun_plainArguments_loadNoJsonLibrary() throws Exception {
    Path loaded = base.resolve("loaded");
    try (WorkerProcess worker =
        WorkerProcess.launcher().with("-Xlog:class+load:file=" + loaded).start()) {
      worker.call("open m " + base);
      worker.call("job m j");
      worker.call("tree j " + base.resolve("none"));
      worker.call("end j");
      assertThat(Files.readString(loaded))
          .contains("dev.lastly.internal.codec.PlainArguments")
          .doesNotContain("jackson.databind.json.JsonMapper ");
    }
  }
}
