package dev.lastly.disk;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.model.Durability;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * What a process does while it is recorded. It announces each acknowledgement, and each function
 * that it runs, in a file of marks, so that these are events of the recording.
 */
enum Play {
  /** The first process of a node: two jobs, a cancellation; the second job is left open. */
  FIRST_DAY {
    @Override
    void act(Path base, Durability durability) throws Exception {
      DeferredFunctionManager manager = open(base, durability);
      try (JobContext job = manager.openJob("whole")) {
        defer(job, "a");
        cancel(defer(job, "b"), "b");
        defer(job, "c");
      }
      leaveOpen(manager);
    }
  },

  /** The next worker, on what the first has left: reaps, defers, closes, and opens once more. */
  SECOND_DAY {
    @Override
    void act(Path base, Durability durability) throws Exception {
      try (DeferredFunctionManager manager = open(base, durability);
          JobContext job = manager.openJob("second")) {
        defer(job, "f");
      }
      DeferredFunctionManager again = open(base, durability);
      JobContext job = again.openJob("third");
      defer(job, "g");
      cancel(defer(job, "h"), "h");
    }
  },

  /** The last round, which compacts when no other worker is there; then another worker. */
  LAST_DAY {
    @Override
    void act(Path base, Durability durability) throws Exception {
      DeferredFunctionManager.cleanupWorker(base);
      DeferredFunctionManager manager = open(base, durability);
      JobContext job = manager.openJob("fresh");
      cancel(defer(job, "i"), "i");
      defer(job, "j");
    }
  },

  /** Compacts under a worker that is alive, which then writes on. */
  COMPACTED {
    @Override
    void act(Path base, Durability durability) throws Exception {
      DeferredFunctionManager manager = open(base, durability);
      JobContext job = manager.openJob("kept");
      defer(job, "k");
      DeferredFunctionManager.cleanupWorker(base);
      cancel(defer(job, "l"), "l");
      defer(job, "m");
    }
  },

  /** Forgets what has finished, and writes on. */
  PRUNED {
    @Override
    void act(Path base, Durability durability) throws Exception {
      DeferredFunctionManager manager = open(base, durability);
      JobContext left = manager.openJob("left");
      defer(left, "n");
      try (JobContext job = manager.openJob("old")) {
        defer(job, "o");
        cancel(defer(job, "p"), "p");
      }
      while (manager.prune() == 0) { // until its millisecond has passed
        TimeUnit.MILLISECONDS.sleep(1);
      }
      cancel(defer(left, "q"), "q");
      defer(left, "r");
    }
  },

  /** Threads that share commits. */
  CROWD {
    @Override
    void act(Path base, Durability durability) throws Exception {
      DeferredFunctionManager manager = open(base, durability);
      ExecutorService threads = Executors.newFixedThreadPool(4);
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String tag = "crowd" + i;
        tasks.add(() -> crowd(manager.openJob(tag), tag));
      }
      for (Future<Boolean> done : threads.invokeAll(tasks)) {
        done.get();
      }
      threads.shutdown();
    }
  },

  /** So many writes that the log is checkpointed and restarted several times. */
  LONG {
    @Override
    void act(Path base, Durability durability) throws Exception {
      DeferredFunctionManager manager = open(base, durability);
      JobContext job = manager.openJob("long");
      for (int i = 0; i < 60; i++) {
        DeferredHandle handle = defer(job, i + "x".repeat(200_000));
        if (i % 7 == 0) {
          cancel(handle, i + "x".repeat(200_000));
        }
      }
    }
  };

  /** Where marks go; in the recording process only. */
  private static volatile Path marks = Path.of("marks");

  /** What has been run in this thread; in the process that opens images. */
  static final ThreadLocal<List<String>> RAN = new ThreadLocal<>();

  abstract void act(Path base, Durability durability) throws Exception;

  /** Arguments: the play, the base, the marks, the durability. Ends without closing anything. */
  public static void main(String[] args) throws Exception {
    marks = Path.of(args[2]);
    Play.valueOf(args[0]).act(Path.of(args[1]), Durability.valueOf(args[3]));
    mark("the end");
    Runtime.getRuntime().halt(0); // as if killed: what is open stays open
  }

  private static DeferredFunctionManager open(Path base, Durability durability) {
    return DeferredFunctionManager.open(
        base,
        Settings.builder()
            .durability(durability)
            .reapInterval(Duration.ZERO)
            .onShutdown(OnShutdown.NOTHING)
            .finishedRetention(Duration.ofMillis(1))
            .build());
  }

  private static void leaveOpen(DeferredFunctionManager manager) throws IOException {
    JobContext job = manager.openJob("left");
    defer(job, "d");
    cancel(defer(job, "e"), "e");
    defer(job, "d2");
  }

  private static boolean crowd(JobContext job, String tag) throws IOException {
    for (int i = 0; i < 6; i++) {
      DeferredHandle handle = defer(job, tag + "-" + i);
      if (i % 3 == 1) {
        cancel(handle, tag + "-" + i);
      }
    }
    return true;
  }

  private static DeferredHandle defer(JobContext job, String tag) throws IOException {
    DeferredHandle handle = job.defer(Play::run, tag);
    mark("deferred " + tag);
    return handle;
  }

  private static void cancel(DeferredHandle handle, String tag) throws IOException {
    mark("cancelling " + tag);
    if (!handle.cancel()) {
      throw new IllegalStateException(tag + " cannot be cancelled");
    }
    mark("cancelled " + tag);
  }

  /** The deferred function. */
  public static void run(String tag) throws IOException {
    List<String> here = RAN.get();
    if (here != null) {
      here.add(tag);
    } else {
      mark("ran " + tag);
    }
  }

  private static synchronized void mark(String text) throws IOException {
    try (FileChannel file =
        FileChannel.open(marks, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      file.write(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)));
    }
  }

  String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
