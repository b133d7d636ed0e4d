package dev.lastly.fleet;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.DriverBoundaries;
import dev.lastly.support.Ledger;
import dev.lastly.support.Sigkill;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The main class of processes that live a whole life in a fleet, in which {@link KillPoints} may
 * kill them. They note in a ledger, outside of both stores, what they are about to do and what was
 * acknowledged; the functions note that they run, and whether they may.
 */
public final class FleetLife {
  /** What nodes of this test wait for before they presume another one dead. */
  static final Duration PRESUME_AFTER = Duration.ofSeconds(3);

  private static final Duration TTL = FleetUnderTest.TTL;
  private static final long KEPT = 20; // so that each life prunes

  private final Path ledger;
  private final String number;
  private final KillPoints points;

  private FleetLife(Path ledger, String number, KillPoints points) {
    this.ledger = ledger;
    this.number = number;
    this.points = points;
  }

  /** How a process ends. */
  enum Ending {
    /** It closes its manager, if it comes that far. */
    CLOSE,
    /** It registers functions, and is killed. */
    DIE,
    /** It reaps until its standard input ends. */
    REAP
  }

  /**
   * How to start one.
   *
   * @param place the directory of the ledger, of what was struck, and of each node's state
   * @param port of the server
   * @param schema of the fleet
   * @param everySide see {@link KillPoints}
   * @param seed see {@link KillPoints}
   */
  record Plan(Path place, int port, String schema, boolean everySide, long seed) {
    Path ledger() {
      return place.resolve("ledger");
    }

    Path struck() {
      return place.resolve("struck");
    }

    List<String> arguments(Ending ending, String machine, int number) {
      return List.of(
          ending.name(),
          place.toString(),
          machine,
          Integer.toString(number),
          Integer.toString(port),
          schema,
          Boolean.toString(everySide),
          Long.toString(seed));
    }
  }

  /** As {@link Plan#arguments}. */
  public static void main(String[] args) throws Exception {
    Ending ending = Ending.valueOf(args[0]);
    Plan plan =
        new Plan(
            Path.of(args[1]),
            Integer.parseInt(args[4]),
            args[5],
            Boolean.parseBoolean(args[6]),
            Long.parseLong(args[7]));
    KillPoints points = new KillPoints(plan.struck(), plan.everySide(), plan.seed());
    HikariDataSource pool = FleetWorker.pool(plan.port());
    Fleet fleet =
        Fleet.open(
            new DriverBoundaries(points).around(pool),
            FleetSettings.builder()
                .schema(plan.schema())
                .ttl(TTL)
                .presumeAfter(PRESUME_AFTER)
                .singleNode()
                .machineId(args[2])
                .bootId("1")
                .build());
    if (ending == Ending.CLOSE) {
      points.arm();
    }
    DeferredFunctionManager manager =
        DeferredFunctionManager.open(
            plan.place().resolve(args[2]),
            Settings.builder()
                .fleet(fleet)
                .retry(
                    RetryPolicy.builder()
                        .maxAttempts(1_000) // each death of a process uses up one
                        .initialBackoff(Duration.ofMillis(1))
                        .multiplier(1)
                        .build())
                .reapInterval(Duration.ofMillis(50))
                .finishedLimit(KEPT)
                .build());
    new FleetLife(plan.ledger(), args[3], points).live(manager, ending);
    System.exit(0);
  }

  private void live(DeferredFunctionManager manager, Ending ending) throws Exception {
    switch (ending) {
      case CLOSE -> {
        succeed(manager);
        fail(manager);
        int unused = manager.prune();
        Await.until("a beat was sent", () -> points.hasPassed("beats = n.beats + 1"));
        JobContext open = manager.openJob("open");
        defer("open", open.fleet(), "last");
        Ledger.append(ledger, "closing");
        manager.close();
      }
      case DIE -> {
        JobContext job = manager.openJob("dies");
        defer("dies", job.fleet(), "one");
        defer("dies", job.fleet().onlyIfFailed(), "two");
        Sigkill.strike();
      }
      case REAP -> {
        int unused = System.in.read();
        Ledger.append(ledger, "closing");
        manager.close();
      }
    }
  }

  private void succeed(DeferredFunctionManager manager) throws IOException {
    try (JobContext job = manager.openJob("succeeds")) {
      defer("succeeds", job.fleet(), "first");
      DeferredHandle cancelled = defer("succeeds", job.fleet(), "cancelled");
      Ledger.append(ledger, "cancelling/" + tag("succeeds", "cancelled"));
      if (cancelled.cancel()) {
        Ledger.append(ledger, "cancelled/" + tag("succeeds", "cancelled"));
      }
      defer("succeeds", job.fleet().onlyIfFailed(), "undo");
      defer("succeeds", job, "on-the-node");
      DeferredHandle now = defer("succeeds", job.fleet(), "now");
      Ledger.append(ledger, "ending/" + tag("succeeds", "now"));
      if (!now.runNow()) {
        throw new IllegalStateException("it was not done now");
      }
      Ledger.append(ledger, "committing/" + job("succeeds"));
      job.commit();
      Ledger.append(ledger, "committed/" + job("succeeds"));
      Ledger.append(ledger, "ending/" + job("succeeds"));
    }
  }

  private void fail(DeferredFunctionManager manager) throws IOException {
    try (JobContext job = manager.openJob("fails")) {
      defer("fails", job.fleet().onlyIfFailed(), "undo");
      defer("fails", job.fleet(), "throws-once");
      Ledger.append(ledger, "ending/" + job("fails"));
    }
  }

  private String job(String name) {
    return number + "." + name;
  }

  private String tag(String job, String name) {
    return job(job) + "." + name;
  }

  private DeferredHandle defer(String job, Deferrer where, String name) throws IOException {
    String tag = tag(job, name);
    DeferredHandle made = where.defer(FleetLife::act, ledger, tag, ProcessHandle.current().pid());
    Ledger.append(ledger, "acknowledged/" + tag);
    return made;
  }

  /** The function of all lives. */
  static void act(Path ledger, String tag, long registrar) throws IOException {
    long me = ProcessHandle.current().pid();
    Ledger.append(ledger, "run/" + tag); // first, so that of two at once one sees the other
    List<Ledger.Entry> said = new Ledger(ledger).entries();
    List<Long> runners =
        said.stream().filter(e -> e.tag().equals("run/" + tag)).map(Ledger.Entry::pid).toList();
    if (registrar == me ? !mayRun(said, tag, me) : isAtWork(said, registrar)) {
      Ledger.append(ledger, "early/" + tag);
    }
    if (runners.stream().anyMatch(runner -> runner != me && isAtWork(said, runner))) {
      Ledger.append(ledger, "beside/" + tag);
    }
    if (tag.endsWith("throws-once") && runners.size() == 1) {
      throw new IOException("once");
    }
  }

  /** Whether this process has said that the function, its job or its manager ends. */
  private static boolean mayRun(List<Ledger.Entry> said, String tag, long me) {
    String job = tag.substring(0, tag.lastIndexOf('.'));
    return said.stream()
        .filter(e -> e.pid() == me)
        .anyMatch(e -> List.of("ending/" + job, "ending/" + tag, "closing").contains(e.tag()));
  }

  /** Whether a process lives and has not closed its manager. A dead one has no command line. */
  private static boolean isAtWork(List<Ledger.Entry> said, long pid) {
    if (said.stream().anyMatch(e -> e.pid() == pid && e.tag().equals("closing"))) {
      return false;
    }
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"))
          .contains(FleetLife.class.getName());
    } catch (IOException e) {
      return false; // it is gone
    }
  }
}
