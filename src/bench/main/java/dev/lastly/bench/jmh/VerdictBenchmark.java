package dev.lastly.bench.jmh;

import dev.lastly.bench.process.Workers;
import dev.lastly.internal.owner.Finding;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerIdentity;
import dev.lastly.internal.row.OwnerRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Verdicts on owners in another process: one that is alive, one that is dead. */
@State(Scope.Benchmark)
public class VerdictBenchmark {
  private static final long NOBODYS_TICKS = 1;

  private Workers.Worker process;
  private Owners owners;
  private OwnerRecord living;
  private OwnerRecord dead;

  @Setup
  public void open() throws Exception {
    Path base = Files.createTempDirectory(Path.of(System.getProperty("bench.data")), "verdict");
    process = Workers.startIdle(base);
    owners = Owners.open(base.resolve("deferred").resolve("owners.lock"));
    OwnerIdentity self = owners.self();
    long inode = owners.locks().inode();
    long pid = process.process().pid();
    living = new OwnerRecord(1, started(self, pid, NOBODYS_TICKS), inode, false);
    dead = new OwnerRecord(2, started(self, pid, NOBODYS_TICKS), inode, false);
  }

  private static OwnerIdentity started(OwnerIdentity self, long pid, long ticks) {
    return new OwnerIdentity(
        pid, ticks, self.bootId(), self.pidNamespace(), self.uid(), self.host());
  }

  @TearDown
  public void close() throws Exception {
    process.kill();
  }

  @Benchmark
  public Finding living() {
    return owners.examine(living);
  }

  @Benchmark
  public Finding dead() {
    return owners.examine(dead);
  }
}
