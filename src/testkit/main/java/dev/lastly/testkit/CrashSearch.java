package dev.lastly.testkit;

import dev.lastly.cleanup.Cleanup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** All runs of one {@link CrashTest}: once undisturbed, then once for each crash point. */
final class CrashSearch {
  private final CrashPlan plan;
  private final CrashTest.Check check;
  private int counted; // the crash points found so far

  CrashSearch(CrashPlan plan, CrashTest.Check check) {
    this.plan = plan;
    this.check = check;
  }

  /** Tries the crash points, and returns them if all have passed. */
  List<CrashPoint> run() {
    requireDebugger();
    try {
      Path given = plan.directory;
      Path base = given == null ? Files.createTempDirectory("lastly-crash-") : given;
      try {
        return search(new CrashRun(plan, check, base.toRealPath()));
      } finally {
        if (given == null) {
          Cleanup.deleteTree(base);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a crash test could not make its processes and files", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("the crash test was interrupted", e);
    }
  }

  static void requireDebugger() {
    if (ModuleLayer.boot().findModule("jdk.jdi").isEmpty()) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "the test kit kills processes with a JDK's debugger, and the Java in %s has no module"
                  + " jdk.jdi: run the tests with a JDK, and without --limit-modules",
              System.getProperty("java.home")));
    }
  }

  private List<CrashPoint> search(CrashRun run) throws IOException, InterruptedException {
    if (plan.onlyPoint > 0) {
      return judge(
          plan.onlyInRecovery > 0
              ? List.of(run.at(plan.onlyPoint, plan.onlyInRecovery))
              : points(run, plan.onlyPoint, plan.onlyPoint));
    }
    CrashResult undisturbed = run.at(0, 0);
    if (undisturbed.isBad()) {
      throw failure(
          String.format(Locale.ROOT, "%s fails without any crash", plan.main),
          List.of(undisturbed));
    }
    count(undisturbed.steps());
    if (undisturbed.steps() == 0) {
      throw new AssertionError(
          plan.main + " has no crash point: it has changed nothing and opened no manager");
    }
    return judge(points(run, 1, undisturbed.steps()));
  }

  /** Tries a range of the worker's points, then, if asked, the recovery's points after each. */
  private List<CrashResult> points(CrashRun run, int first, int last)
      throws IOException, InterruptedException {
    List<Callable<CrashResult>> tasks = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      int point = i;
      tasks.add(() -> run.at(point, 0));
    }
    List<CrashResult> results = new ArrayList<>(all(tasks));
    if (plan.duringRecovery) {
      results.addAll(all(inRecovery(run, results)));
    }
    results.sort(CrashSearch::inOrder);
    return results;
  }

  private List<Callable<CrashResult>> inRecovery(CrashRun run, List<CrashResult> plain) {
    List<Callable<CrashResult>> tasks = new ArrayList<>();
    for (CrashResult result : plain) {
      if (!result.isBad()) {
        count(result.recoverySteps());
        for (int i = 1; i <= result.recoverySteps(); i++) {
          int step = i;
          tasks.add(() -> run.at(result.point().number(), step));
        }
      }
    }
    return tasks;
  }

  private static int inOrder(CrashResult a, CrashResult b) {
    int byNumber = Integer.compare(a.point().number(), b.point().number());
    return byNumber != 0
        ? byNumber
        : Integer.compare(a.point().inRecovery(), b.point().inRecovery());
  }

  private List<CrashResult> all(List<Callable<CrashResult>> tasks)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(plan.parallelism);
    try {
      List<CrashResult> results = new ArrayList<>();
      List<Future<CrashResult>> futures = new ArrayList<>();
      tasks.forEach(task -> futures.add(threads.submit(task)));
      for (Future<CrashResult> future : futures) {
        results.add(await(future));
      }
      return results;
    } finally {
      threads.shutdownNow();
      // Each task ends its processes; the caller then deletes their directories.
      boolean unused = threads.awaitTermination(1, TimeUnit.MINUTES);
    }
  }

  private static CrashResult await(Future<CrashResult> future)
      throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException("a crash point could not be tried", e.getCause());
    }
  }

  private void count(int more) {
    counted += more;
    if (counted > plan.maxPoints) {
      throw new AssertionError(
          String.format(
              Locale.ROOT,
              "%s has at least %d crash points, more than the %d of atMost: raise atMost, or give"
                  + " the worker less to do",
              plan.main,
              counted,
              plan.maxPoints));
    }
  }

  private List<CrashPoint> judge(List<CrashResult> results) {
    List<CrashResult> bad = results.stream().filter(CrashResult::isBad).toList();
    if (!bad.isEmpty()) {
      String places =
          results.size() == 1
              ? "the crash point"
              : String.format(Locale.ROOT, "%d of %d crash points", bad.size(), results.size());
      throw failure(
          String.format(
              Locale.ROOT, "%s is not cleaned up when it is killed at %s", plan.main, places),
          bad);
    }
    return results.stream().map(CrashResult::point).toList();
  }

  private static AssertionError failure(String summary, List<CrashResult> bad) {
    StringBuilder text = new StringBuilder(summary);
    bad.forEach(result -> text.append("\n\n").append(result.report()));
    AssertionError failure = new AssertionError(text.toString());
    for (CrashResult result : bad) {
      if (result.thrown() != null) {
        failure.addSuppressed(result.thrown());
      }
    }
    return failure;
  }
}
