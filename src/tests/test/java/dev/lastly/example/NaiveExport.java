package dev.lastly.example;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A worker whose clean-up looks right. */
public final class NaiveExport {
  private NaiveExport() {}

  // tag::worker[]
  public static void main(String[] args) throws IOException {
    Path scratch = Path.of(args[1]).resolve("scratch");
    try (var manager = DeferredFunctionManager.open(Path.of(args[0]));
        JobContext job = manager.openJob("export")) {
      Files.createDirectory(scratch);
      job.defer(NaiveExport::discard, scratch);
      Files.createFile(scratch.resolve("part-1"));
      // … write the rows, send them off …
    }
  }

  public static void discard(Path scratch) throws IOException {
    Files.delete(scratch.resolve("part-1"));
    Files.delete(scratch);
  }
  // end::worker[]
}
