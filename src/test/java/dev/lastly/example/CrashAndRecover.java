package dev.lastly.example;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import java.nio.file.Files;
import java.nio.file.Path;

/** Is killed in the middle of a job; its next run cleans up after it, and is killed in turn. */
public final class CrashAndRecover {
  private CrashAndRecover() {}

  /**
   * Runs it.
   *
   * @param args a directory
   */
  public static void main(String[] args) throws Exception {
    Path base = Path.of(args[0]).toAbsolutePath();
    // tag::crash[]
    Path scratch = base.resolve("scratch");
    try (var manager = DeferredFunctionManager.open(base); // one for each worker process
        JobContext job = manager.openJob("sample 17")) { // cleans up after dead workers first
      System.out.println(Files.exists(scratch) ? "left over" : "clean");
      job.defer(Cleanup::deleteTree, scratch); // on the disk when this returns
      Files.createDirectories(scratch);
      new ProcessBuilder("kill", "-9", "" + ProcessHandle.current().pid()).start().waitFor();
      System.out.println("never printed");
    }
    // end::crash[]
  }
}
