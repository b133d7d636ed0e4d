package dev.lastly.cli;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.cleanup.ProcessId;
import dev.lastly.cleanup.Processes;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A worker of the demonstration, in a process of its own. Prints what it does on standard output,
 * as {@code key value} lines.
 */
final class DemoWorker {
  /** The worker that registers clean-up and waits until it is killed. */
  static final String FIRST = "worker 1";

  /** The worker that opens a job, and so runs the orphans. */
  static final String SECOND = "worker 2";

  private DemoWorker() {}

  /**
   * Runs a worker.
   *
   * @param args which worker, the state directory's base, and a directory that does not exist yet
   */
  public static void main(String[] args) throws Exception {
    Settings settings = Settings.builder().label(args[0]).build();
    try (DeferredFunctionManager manager =
        DeferredFunctionManager.open(Path.of(args[1]), settings)) {
      tell("owner", Long.toString(manager.ownerId()));
      if (args[0].equals(FIRST)) {
        takeOnCleanUp(manager, Path.of(args[2]));
      } else {
        openJob(manager);
      }
    }
  }

  private static void takeOnCleanUp(DeferredFunctionManager manager, Path scratch)
      throws IOException {
    try (JobContext job = manager.openJob("align sample-17")) {
      tell("job", "align sample-17");
      job.defer(Cleanup::deleteTree, scratch); // registered before there is anything to delete
      fill(scratch);
      Process child = new ProcessBuilder("sleep", "600").start();
      job.defer(Processes::terminate, ProcessId.of(child));
      tell("child", Long.toString(child.pid()));
      // Blocks until the demonstration kills this process, or ends itself, which closes the pipe.
      int unused = System.in.read();
    }
  }

  private static void fill(Path scratch) throws IOException {
    Path index = Files.createDirectories(scratch.resolve("reference").resolve("index"));
    Files.writeString(index.resolve("chr1.idx"), "index");
    Files.writeString(scratch.resolve("reads.fastq"), "reads");
    Files.createSymbolicLink(scratch.resolve("latest"), scratch.resolve("reads.fastq"));
  }

  private static void openJob(DeferredFunctionManager manager) {
    JobContext job = manager.openJob("align sample-18");
    tell("job", "align sample-18");
    job.close();
  }

  private static void tell(String key, String value) {
    System.out.println(key + " " + value);
  }
}
