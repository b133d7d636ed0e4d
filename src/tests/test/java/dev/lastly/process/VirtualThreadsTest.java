package dev.lastly.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.support.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many jobs at once, each in a virtual thread where the JDK has these (21 and newer), otherwise in
 * a thread of a pool.
 */
final class VirtualThreadsTest {
  private static final int JOBS = 400;
  private static final String PINNED = "jdk.VirtualThreadPinned";

  @TempDir private Path base;

  @Test
  void jobs_eachInAThreadOfItsOwn_cleanUpAndPinNoCarrier() throws Exception {
    List<RecordedEvent> pinned;
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base)) {
      work(manager, 0); // loads most classes
      try (Recording recording = new Recording()) {
        recording.enable(PINNED).withThreshold(Duration.ZERO).withStackTrace();
        recording.start();
        ExecutorService threads = threads();
        List<Future<?>> jobs = new ArrayList<>();
        for (int number = 1; number <= JOBS; number++) {
          int job = number;
          jobs.add(threads.submit(() -> work(manager, job)));
        }
        for (Future<?> job : jobs) {
          job.get(60, TimeUnit.SECONDS);
        }
        threads.shutdown();
        recording.stop();
        Path file = base.resolve("recording.jfr");
        recording.dump(file);
        pinned = pinnedByLastly(file);
      }
    }
    assertThat(pinned).isEmpty();
    try (Database db = Database.read(base)) {
      assertThat(db.rows("SELECT count(*), state FROM deferred_function GROUP BY state"))
          .containsExactly(2 * (JOBS + 1) + "|done");
    }
  }

  private Void work(DeferredFunctionManager manager, int number) throws Exception {
    Path scratch = Files.createDirectory(base.resolve("scratch-" + number));
    try (JobContext job = manager.openJob("job " + number)) {
      job.defer(Cleanup::deleteTree, scratch);
      job.defer(Cleanup::deleteFile, Files.createFile(scratch.resolve("file")));
      TimeUnit.MILLISECONDS.sleep(2); // here a virtual thread leaves its carrier to others
      assertThat(scratch.resolve("file")).exists();
    }
    assertThat(scratch).doesNotExist();
    return null;
  }

  private static ExecutorService threads() throws ReflectiveOperationException {
    return Runtime.version().feature() < 21
        ? Executors.newFixedThreadPool(64)
        : (ExecutorService)
            Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
  }

  /** But for the loading of a class and its initialization, which pin each thread that waits. */
  private static List<RecordedEvent> pinnedByLastly(Path recording) throws Exception {
    return RecordingFile.readAllEvents(recording).stream()
        .filter(event -> event.getEventType().getName().equals(PINNED))
        .filter(event -> isIn(event, "dev.lastly.") && !isOfAClass(event))
        .toList();
  }

  private static boolean isOfAClass(RecordedEvent event) {
    return isIn(event, "java.lang.ClassLoader")
        || (event.hasField("pinnedReason")
            && String.valueOf(event.getString("pinnedReason")).contains("initialization of"));
  }

  private static boolean isIn(RecordedEvent event, String prefix) {
    return event.getStackTrace() != null
        && event.getStackTrace().getFrames().stream()
            .anyMatch(frame -> frame.getMethod().getType().getName().startsWith(prefix));
  }
}
