package dev.lastly.example;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The same worker, after its crash test. */
public final class MendedExport {
  private MendedExport() {}

  // tag::worker[]
  public static void main(String[] args) throws IOException {
    Path scratch = Path.of(args[1]).resolve("scratch");
    try (var manager = DeferredFunctionManager.open(Path.of(args[0]));
        JobContext job = manager.openJob("export")) {
      job.defer(MendedExport::discard, scratch); // before there is anything to discard
      Files.createDirectory(scratch);
      Files.createFile(scratch.resolve("part-1"));
      // … write the rows, send them off …
    }
  }

  public static void discard(Path scratch) throws IOException {
    Files.deleteIfExists(scratch.resolve("part-1")); // missing: an earlier attempt deleted it
    Files.deleteIfExists(scratch);
  }
  // end::worker[]
}
