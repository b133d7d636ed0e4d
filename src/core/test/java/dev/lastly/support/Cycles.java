package dev.lastly.support;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Whole lives of managers, and last rounds, again and again in threads of this JVM. */
public final class Cycles {
  private Cycles() {}

  /**
   * Runs some.
   *
   * @param kinds a thread for each: {@code open} or {@code cleanup}
   * @param count how many each thread does
   * @return how many were done, none of which has failed
   */
  public static int run(Path base, int count, List<String> kinds) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(kinds.size());
    try {
      List<Future<Integer>> results = new ArrayList<>();
      for (String kind : kinds) {
        Callable<Integer> cycles =
            () -> {
              for (int i = 0; i < count; i++) {
                once(base, kind);
              }
              return count;
            };
        results.add(threads.submit(cycles));
      }
      int sum = 0;
      for (Future<Integer> result : results) {
        sum += result.get();
      }
      return sum;
    } finally {
      threads.shutdownNow();
    }
  }

  private static void once(Path base, String kind) {
    if (kind.equals("cleanup")) {
      DeferredFunctionManager.cleanupWorker(base);
      return;
    }
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(base);
        JobContext job = manager.openJob(kind)) {
      DeferredHandle handle = job.defer(Cycles::succeed);
      if (handle.state().isEmpty()) {
        throw new IllegalStateException("no state of function " + handle.id());
      }
    }
  }

  static void succeed() {}
}
