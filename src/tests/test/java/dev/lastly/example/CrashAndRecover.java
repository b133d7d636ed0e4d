package dev.lastly.example;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import java.nio.file.Files;
import java.nio.file.Path;

/** Kills itself in the middle of a job, if told to; its next run cleans up after it. */
public final class CrashAndRecover {
  private CrashAndRecover() {}

  /**
   * Runs it.
   *
   * @param args a directory; a second one means that it is killed
   */
  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]).toAbsolutePath();
    // tag::crash[]
    Path scratch = base.resolve("scratch-" + ProcessHandle.current().pid());
    try (var manager = DeferredFunctionManager.open(base); // one for each worker process
        JobContext job = manager.openJob("sample 17")) { // cleans up after dead workers
      job.defer(Cleanup::deleteTree, scratch); // on the disk when this returns
      Files.createDirectories(scratch);
      System.out.println("working in " + scratch);
      if (args.length > 1) {
        new ProcessBuilder("kill", "-9", "" + ProcessHandle.current().pid()).start().waitFor();
      }
    } // runs what was deferred, newest first
    // end::crash[]
  }
}
