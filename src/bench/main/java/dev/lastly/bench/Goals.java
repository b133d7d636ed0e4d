package dev.lastly.bench;

import static dev.lastly.bench.jmh.RegistrationBench.median;
import static dev.lastly.bench.jmh.RegistrationBench.p99;
import static dev.lastly.bench.jmh.RegistrationBench.rate;
import static dev.lastly.bench.tool.Tool.LASTLY;
import static dev.lastly.bench.tool.Tool.RAW;
import static dev.lastly.model.Durability.POWER_LOSS;
import static dev.lastly.model.Durability.PROCESS_CRASH;

import dev.lastly.bench.jmh.Jobs;
import dev.lastly.bench.process.Backlogs;
import dev.lastly.bench.process.ColdStart;
import dev.lastly.bench.process.Contention;
import dev.lastly.bench.process.Deletion;
import dev.lastly.bench.process.Detection;
import dev.lastly.bench.process.Duplicates;
import dev.lastly.bench.process.InTurn;
import dev.lastly.bench.process.RecoveryBench;
import dev.lastly.bench.process.Scale;
import dev.lastly.bench.process.Size;
import dev.lastly.bench.process.UnresolvableBench;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.Goal;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Tool;
import dev.lastly.model.Durability;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The goals for the figures. A missed goal is not lowered. */
final class Goals {
  private static final int MANY_PROCESSES = 16;

  private final List<Goal> goals = new ArrayList<>();

  private Goals() {}

  static List<Goal> all() {
    Goals goals = new Goals();
    goals.registration();
    goals.groupCommit();
    goals.jobs();
    goals.contention();
    goals.recovery();
    goals.scale();
    goals.rest();
    return goals.goals;
  }

  private void registration() {
    ratioAtMost(1.25, "`defer`, PROCESS_CRASH, beside the raw INSERT + COMMIT", PROCESS_CRASH);
    fasterThan(2, Tool.DB_SCHEDULER);
    fasterThan(4.3, Tool.JOBRUNR);
    fasterThan(8, Tool.QUARTZ);
    ratioAtMost(1.1, "`defer`, POWER_LOSS, beside the raw INSERT + COMMIT", POWER_LOSS);
  }

  private void ratioAtMost(double limit, String path, Durability durability) {
    atMost(
        path,
        limit,
        "×",
        f -> f.ratio(InTurn.median(LASTLY, durability), InTurn.median(RAW, durability)));
  }

  private void fasterThan(double times, Tool peer) {
    atLeast(
        "`defer`, PROCESS_CRASH, as fast as " + peer.title(),
        times,
        "×",
        f -> f.ratio(InTurn.median(peer, PROCESS_CRASH), InTurn.median(LASTLY, PROCESS_CRASH)));
  }

  private void groupCommit() {
    rateOfThreads(POWER_LOSS, 8, 3.5);
    rateOfThreads(POWER_LOSS, 32, 7);
    rateOfThreads(PROCESS_CRASH, 8, 1.4);
    rateOfThreads(PROCESS_CRASH, 32, 2.2);
  }

  private void rateOfThreads(Durability durability, int threads, double times) {
    String path = String.format(Locale.ROOT, "`defer`, %s, %d threads", durability, threads);
    atLeast(
        path + ": rate beside one thread's",
        times,
        "×",
        f -> f.ratio(rate(LASTLY, durability, threads), rate(LASTLY, durability, 1)));
    atMost(
        path + ": p99 beside the median",
        5,
        "×",
        f -> f.ratio(p99(LASTLY, durability, threads), median(LASTLY, durability, threads)));
  }

  private void jobs() {
    atMost(
        "a job with one no-op, PROCESS_CRASH, beside one raw INSERT + COMMIT",
        4.2,
        "×",
        f -> f.ratio(InTurn.JOB, InTurn.median(RAW, PROCESS_CRASH)));
    atMost("a job that defers nothing", 15, "µs", f -> f.median(Jobs.EMPTY));
  }

  private void contention() {
    for (Durability durability : Durability.values()) {
      String path = String.format(Locale.ROOT, "%d processes, %s: ", MANY_PROCESSES, durability);
      atLeast(
          path + "rate beside one's",
          75,
          "%",
          f ->
              100
                  * f.ratio(
                      Contention.rate(LASTLY, durability, MANY_PROCESSES),
                      Contention.rate(LASTLY, durability, 1)));
      atMost(
          path + "longest call",
          100,
          "ms",
          f -> f.median(Contention.wait(LASTLY, durability, MANY_PROCESSES)));
      atLeast(
          path + "calls of the slowest beside the fastest's",
          60,
          "%",
          f -> f.median(Contention.share(LASTLY, durability, MANY_PROCESSES)));
      atMost(
          path + "calls that failed",
          0,
          "calls",
          f -> f.most(Contention.failures(LASTLY, durability, MANY_PROCESSES)));
    }
  }

  private void recovery() {
    recovery("recovery, 1 dead owner", RecoveryBench.ONE_OWNER);
    recovery("recovery, 1,000 dead owners", RecoveryBench.MANY_OWNERS);
    atLeast(
        "recovery, 1 dead owner, beside its raw statements",
        0.6,
        "×",
        f -> f.ratio(RecoveryBench.ONE_OWNER, RecoveryBench.RAW));
    atMost(
        "functions called twice after a reaper was killed",
        64,
        "functions",
        f -> f.most(Duplicates.CALLED_TWICE));
    atMost("recovery of 1,000,000: heap", 64, "MiB", f -> f.most(RecoveryBench.MILLION_HEAP));
    atMost(
        "recovery of 1,000,000 in one job: heap",
        64,
        "MiB",
        f -> f.most(RecoveryBench.MILLION_IN_ONE_JOB_HEAP));
  }

  private void recovery(String path, Metric rate) {
    atLeast(
        path + ", beside a file for each worker",
        0.7,
        "×",
        f -> f.ratio(rate, Backlogs.rate(Tool.FILES)));
  }

  private void scale() {
    for (Scale.Path path : Scale.Path.values()) {
      atMost(
          path.title() + ", beside 1,000,000 finished rows",
          1.2,
          "×",
          f -> f.ratio(Scale.finished(path), Scale.empty(path)));
      atMost(
          path.title() + ", beside 1,000,000 pending rows",
          1.2,
          "×",
          f -> f.ratio(Scale.pending(path), Scale.empty(path)));
    }
  }

  private void rest() {
    atMost(
        "a job beside 20,000 orphans that no process can run",
        1.5,
        "×",
        f -> f.ratio(UnresolvableBench.BESIDE, UnresolvableBench.ALONE));
    atMost(
        "from kill -9 to the clean-up by an idle sibling",
        50,
        "ms",
        f -> f.median(Detection.MILLIS));
    atMost(
        "opening a manager in a fresh JVM, over opening SQLite",
        60,
        "ms",
        f -> f.median(ColdStart.MANAGER) - f.median(ColdStart.SQLITE));
    atMost(
        "`Cleanup.deleteTree` of 1,000,000 entries, beside `rm -rf`",
        2,
        "×",
        f -> f.ratio(Deletion.DELETE_TREE, Deletion.RM));
    atMost("size of a finished function", 260, "bytes", f -> f.median(Size.IN_LARGE_JOBS));
  }

  private void atMost(String path, double limit, String unit, ToDoubleFunction<Figures> measure) {
    goals.add(Goal.atMost(path, limit, unit, measure));
  }

  private void atLeast(String path, double limit, String unit, ToDoubleFunction<Figures> measure) {
    goals.add(Goal.atLeast(path, limit, unit, measure));
  }
}
