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
 * A worker of the demonstration, in a process of its own. Tells what it does on standard output, as
 * {@code key value} lines.
 */
final class DemoWorker {
  /** Takes on clean-up, and waits to be killed. */
  static final String FIRST = "worker 1";

  /** Opens a job. */
  static final String SECOND = "worker 2";

  private DemoWorker() {}

  /**
   * Runs one.
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
      job.defer(Cleanup::deleteTree, scratch); // first the promise, then the files
      fill(scratch);
      Process child = new ProcessBuilder("sleep", "600").start();
      job.defer(Processes::terminate, ProcessId.of(child));
      tell("child", Long.toString(child.pid()));
      // Until the demonstration kills this process, or has ended itself: then this pipe closes.
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
