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

/** Registers one durable call with a tool, in as many threads as JMH uses. */
@State(Scope.Benchmark)
public class RegisterBenchmark {
  /** The tool that registers the call. */
  @Param("LASTLY")
  public Tool tool;

  /** What the call must survive. */
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
