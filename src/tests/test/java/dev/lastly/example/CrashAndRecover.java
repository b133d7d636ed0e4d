package dev.lastly.example;

// tag::crash[]
import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import java.nio.file.Files;
import java.nio.file.Path;

/** Works in a scratch directory. With a second argument it is killed in the middle of its work. */
public final class CrashAndRecover {
  public static void main(String[] args) throws Exception {
    Path state = Path.of(args[0]).toAbsolutePath();
    long pid = ProcessHandle.current().pid();
    Path scratch = state.resolve("scratch-" + pid);
    try (var manager = DeferredFunctionManager.open(state); // one for each worker process
        JobContext job = manager.openJob("sample 17")) { // cleans up after dead workers
      job.defer(Cleanup::deleteTree, scratch); // on the disk when this returns
      Files.createDirectories(scratch);
      System.out.println("working in " + scratch);
      if (args.length > 1) {
        new ProcessBuilder("kill", "-9", "" + pid).start().waitFor();
      }
    } // runs what was deferred, newest first
  }
}
// end::crash[]
