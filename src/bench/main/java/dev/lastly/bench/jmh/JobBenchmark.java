package dev.lastly.bench.jmh;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.tool.Call;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Whole jobs of a single worker with default settings, except for the durability. */
@State(Scope.Benchmark)
public class JobBenchmark {
  private DeferredFunctionManager manager;

  @Setup
  public void open() throws Exception {
    Path directory = Files.createTempDirectory(Path.of(System.getProperty("bench.data")), "jmh");
    manager =
        DeferredFunctionManager.open(
            directory, Settings.builder().durability(Durability.PROCESS_CRASH).build());
  }

  @TearDown
  public void close() {
    manager.close();
  }

  /** A job that defers nothing. */
  @Benchmark
  public void empty() {
    manager.openJob().close();
  }

  /** A job that defers one call, which runs at its end. */
  @Benchmark
  public void oneCall() {
    try (JobContext job = manager.openJob()) {
      job.defer(Call::nothing, Call.ARGUMENT);
    }
  }
}
