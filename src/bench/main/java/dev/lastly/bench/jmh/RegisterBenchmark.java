package dev.lastly.bench.jmh;

import dev.lastly.bench.tool.OpenTool;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One call is registered, and durable: with each tool, in as many threads as JMH is told to use.
 */
@State(Scope.Benchmark)
public class RegisterBenchmark {
  /** What it is registered with. */
  @Param("LASTLY")
  public Tool tool;

  /** What it must survive. */
  @Param("PROCESS_CRASH")
  public Durability durability;

  private OpenTool registrar;

  @Setup
  public void open() throws Exception {
    Path directory = Files.createTempDirectory(Path.of(System.getProperty("bench.data")), "jmh");
    registrar = tool.open(directory, durability);
  }

  @TearDown
  public void close() throws Exception {
    registrar.close();
  }

  @Benchmark
  public void register() throws Exception {
    registrar.register();
  }
}
