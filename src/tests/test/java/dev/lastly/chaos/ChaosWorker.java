package dev.lastly.chaos;

import static dev.lastly.crash.EventLog.Kind.CANCELLED;
import static dev.lastly.crash.EventLog.Kind.CANCELLING;
import static dev.lastly.crash.EventLog.Kind.CLOSING;
import static dev.lastly.crash.EventLog.Kind.DEFERRED;
import static dev.lastly.crash.EventLog.Kind.DEFERRING;
import static dev.lastly.crash.EventLog.Kind.ENDING;
import static dev.lastly.crash.EventLog.Kind.STARTS;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.crash.Deeds;
import dev.lastly.crash.EventLog;
import dev.lastly.crash.ProcessName;
import dev.lastly.model.Durability;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The main class of the JVMs in a storm: a worker, which works until it is killed or told to end,
 * or a reaper, which reaps for a while and ends.
 */
public final class ChaosWorker {
  private static final int THREADS = 2;
  private static final int MOST_PAUSE_MILLIS = 200;
  private static final String[] DEEDS = {
    "returns", "returns", "returns", "returns", "returns", "flaky", "flaky", "slow"
  };

  /**
   * Longer than any job takes. A worker that is told to end must record the end of its owner: if it
   * died instead, the judge could not know when it died.
   */
  private static final Duration GRACE = Duration.ofMinutes(2);

  private final DeferredFunctionManager manager;
  private final EventLog log;
  private volatile boolean stopping;

  private ChaosWorker(DeferredFunctionManager manager, EventLog log) {
    this.manager = manager;
    this.log = log;
  }

  /** Arguments: {@code work} or {@code reap}, the base directory, the log, a seed. */
  public static void main(String[] args) throws Exception {
    EventLog log = new EventLog(Path.of(args[2]));
    log.append(STARTS, args[0]);
    Random random = new Random(Long.parseLong(args[3]));
    DeferredFunctionManager manager =
        DeferredFunctionManager.open(Path.of(args[1]), settings(random));
    ChaosWorker worker = new ChaosWorker(manager, log);
    if (args[0].equals("work")) {
      // Its threads end their jobs, as a program does that heeds SIGTERM; the manager waits for it.
      Runtime.getRuntime().addShutdownHook(new Thread(() -> worker.stopping = true));
      for (int i = 1; i < THREADS; i++) {
        long seed = random.nextLong();
        String name = ProcessName.SELF + "-" + i;
        new Thread(() -> worker.workInThread(name, new Random(seed)), name).start();
      }
      worker.work(ProcessName.SELF + "-0", random);
    } else {
      worker.reap(random);
    }
  }

  private static Settings settings(Random random) {
    return Settings.builder()
        .reapInterval(Duration.ofMillis(20 + random.nextInt(100)))
        .onShutdown(random.nextBoolean() ? OnShutdown.WAIT : OnShutdown.CLOSE_NOW)
        .shutdownGrace(GRACE)
        .durability(random.nextBoolean() ? Durability.POWER_LOSS : Durability.PROCESS_CRASH)
        .retry(
            RetryPolicy.builder()
                .maxAttempts(RetryPolicy.MAX_ATTEMPTS_LIMIT)
                .initialBackoff(Duration.ofMillis(1 + random.nextInt(20)))
                .multiplier(1)
                .build())
        .build();
  }

  private void reap(Random random) throws InterruptedException {
    System.out.println("ready");
    for (int i = 10 + random.nextInt(100); i > 0; i--) {
      manager.reap();
      TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(20));
    }
    log.append(CLOSING, Long.toString(manager.ownerId()));
    manager.close();
  }

  private void workInThread(String name, Random random) {
    try {
      work(name, random);
    } catch (InterruptedException e) {
      System.err.println("an unexpected interrupt of " + name);
      Runtime.getRuntime().halt(1);
    }
  }

  private void work(String name, Random random) throws InterruptedException {
    Map<String, JobContext> open = new LinkedHashMap<>();
    try {
      for (int i = 0; !stopping; i++) {
        String job = name + "." + i;
        JobContext context = job(job, random);
        if (random.nextInt(16) > 0) {
          end(job, context);
        } else {
          open.put(job, context); // stays open until the process is told to end
        }
        System.out.println("ready");
        TimeUnit.MILLISECONDS.sleep(random.nextInt(MOST_PAUSE_MILLIS)); // so that logs stay small
      }
      open.forEach(this::end);
    } catch (IllegalStateException e) {
      // SIGTERM: the shutdown hook has closed the manager, or begun to, and accepts no more. If
      // that
      // is not so, the process ends without having been told to, and the storm fails.
      System.err.println("stops working: " + e.getMessage());
    }
  }

  private JobContext job(String name, Random random) {
    JobContext job = manager.openJob(name);
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      String key = name + "/" + (7 - i) + "-" + DEEDS[random.nextInt(DEEDS.length)];
      log.append(DEFERRING, key);
      DeferredHandle handle = job.defer(Deeds.of(key), log.file(), key);
      log.append(DEFERRED, key, Long.toString(handle.id()));
      if (random.nextInt(8) == 0) {
        log.append(CANCELLING, key);
        log.append(CANCELLED, key, Boolean.toString(handle.cancel()));
      }
    }
    return job;
  }

  private void end(String name, JobContext job) {
    log.append(ENDING, name, "NEWEST_FIRST");
    job.close();
  }
}
