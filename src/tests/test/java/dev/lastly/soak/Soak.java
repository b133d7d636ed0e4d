package dev.lastly.soak;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.Inspector;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Status;
import dev.lastly.support.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * {@code make soak}: workers at a constant rate, some of which are killed with -9 again and again,
 * and what two that live take meanwhile; status 1 if anything grows, or anything is left at the
 * end.
 */
public final class Soak {
  /** Two that live, and are measured; two that are killed. */
  private static final int WORKERS = 4;

  private static final Duration LIFE = Duration.ofSeconds(2);

  private Soak() {}

  /** Arguments: how many minutes, and how many jobs in a second all workers run together. */
  public static void main(String[] args) throws Exception {
    long seconds = Math.round(Double.parseDouble(args[0]) * 60);
    List<String> grown = run(Duration.ofSeconds(seconds), Integer.parseInt(args[1]));
    if (!grown.isEmpty()) {
      System.err.println("It has grown:\n" + String.join("\n", grown));
      System.exit(1);
    }
  }

  /** Soaks. Returns what has grown, a line each. */
  static List<String> run(Duration time, int jobsInASecond) throws Exception {
    Path base = Files.createTempDirectory("lastly-soak-").toRealPath();
    try {
      List<String> found = run(base, time, jobsInASecond);
      DeferredFunctionManager.cleanupWorker(base);
      requireNothingLeft(base);
      return found;
    } finally {
      Cleanup.deleteTree(base);
    }
  }

  private static List<String> run(Path base, Duration time, int jobsInASecond) throws Exception {
    Path directory = base.resolve("deferred");
    List<Reading> readings = new ArrayList<>();
    int kills = 0;
    long end = System.nanoTime() + time.toNanos();
    try (Jvm one = new Jvm(base, jobsInASecond / WORKERS);
        Jvm two = new Jvm(base, jobsInASecond / WORKERS)) {
      while (System.nanoTime() < end) {
        long death = System.nanoTime() + LIFE.toNanos();
        try (Jvm victim = new Jvm(base, jobsInASecond / WORKERS);
            Jvm other = new Jvm(base, jobsInASecond / WORKERS)) {
          do {
            readings.add(Reading.of(one.pid(), directory, one.second()));
            readings.add(Reading.of(two.pid(), directory, two.second()));
          } while (System.nanoTime() < death);
          kills += victim.isAlive() && other.isAlive() ? 2 : 0;
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "soak: %d s at %d jobs/s, %d workers killed%n",
        time.toSeconds(),
        jobsInASecond,
        kills);
    for (int i = 0; i < 4; i++) {
      System.out.printf(Locale.ROOT, "quarter %d: %s%n", i + 1, Reading.quarter(readings, i));
    }
    List<String> grown = Reading.growth(readings);
    if (kills == 0) {
      grown.add("no worker lived until it was killed");
    }
    return grown;
  }

  private static void requireNothingLeft(Path base) {
    try (Inspector inspector = Inspector.open(base)) {
      Status status = inspector.status();
      for (FunctionState state : FunctionState.ofANode()) {
        long left = status.functions().getOrDefault(state, 0L);
        if (left > 0 && state != FunctionState.DONE) {
          throw new IllegalStateException("left " + state + ": " + left);
        }
      }
    }
  }

  /** A worker; closing kills it with -9. */
  private static final class Jvm implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    Jvm(Path base, int jobsInASecond) throws IOException {
      List<String> command = new ArrayList<>(ChildJvm.command());
      command.add(SoakWorker.class.getName());
      command.add(base.toString());
      command.add(Integer.toString(jobsInASecond));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    long pid() {
      return process.pid();
    }

    boolean isAlive() {
      return process.isAlive();
    }

    /** Waits for its next line. */
    Reading.SecondOfJobs second() throws IOException {
      String line = lines.readLine();
      if (line == null) {
        throw new IOException("worker " + pid() + " has ended; see above");
      }
      return Reading.SecondOfJobs.parse(line);
    }

    @Override
    public void close() throws InterruptedException {
      if (!process.destroyForcibly().waitFor(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("worker " + pid() + " survives SIGKILL");
      }
    }
  }
}
