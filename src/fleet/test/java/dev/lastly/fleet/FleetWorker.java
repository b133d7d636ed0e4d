package dev.lastly.fleet;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.Deferrer;
import dev.lastly.JobContext;
import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.RunContext;
import dev.lastly.model.Settings;
import dev.lastly.support.Await;
import dev.lastly.support.Ledger;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The main class of worker processes that use a fleet: one command on each line of standard input,
 * one answer on each line of standard output.
 */
public final class FleetWorker {
  private final Map<String, DeferredFunctionManager> managers = new ConcurrentHashMap<>();
  private final Map<String, JobContext> jobs = new ConcurrentHashMap<>();
  private final Map<String, Fleet> fleets = new ConcurrentHashMap<>();
  private final Map<String, DeferredHandle> last = new ConcurrentHashMap<>(); // by job
  private static volatile String leaseLost = "";

  FleetWorker() {}

  /** Serves. */
  public static void main(String[] args) throws Exception {
    FleetWorker worker = new FleetWorker();
    System.out.println("ok " + ProcessHandle.current().pid());
    try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        System.out.println(worker.answer(List.of(line.split(" ", -1))));
      }
    }
  }

  private String answer(List<String> words) {
    try {
      return "ok " + execute(words.get(0), words.subList(1, words.size()));
    } catch (Throwable e) { // whatever it is, the test wants to know
      return "error "
          + (e.getClass().getSimpleName() + ": " + e.getMessage()).replaceAll("\\s+", " ");
    }
  }

  private Object execute(String command, List<String> w) throws Exception {
    switch (command) {
      case "open" -> open(w);
      case "job" -> jobs.put(w.get(1), manager(w.get(0)).openJob(w.get(1)));
      case "defer" -> {
        Deferrer where = w.get(1).equals("fleet") ? job(w.get(0)).fleet() : job(w.get(0));
        DeferredHandle made = where.defer(FleetWorker::note, Path.of(w.get(2)), w.get(3));
        last.put(w.get(0), made);
        return made.key();
      }
      case "hold" -> job(w.get(0)).fleet().defer(FleetWorker::hold, Path.of(w.get(1)), w.get(2));
      case "state" -> {
        return Objects.requireNonNull(last.get(w.get(0))).state().orElseThrow();
      }
      case "end" -> job(w.get(0)).close();
      case "close" -> manager(w.get(0)).close();
      case "owned" -> Objects.requireNonNull(fleets.get(w.get(0))).requireOwned();
      case "lost" -> {
        return leaseLost;
      }
      default -> throw new IllegalArgumentException(command);
    }
    return "";
  }

  /** Appends to the ledger, with the fencing token. */
  static void note(Path ledger, String tag) throws IOException {
    RunContext context = RunContext.current();
    Ledger.append(ledger, tag + "/" + context.epoch() + "/" + context.fencingNumber());
  }

  /** Appends to the ledger, and waits until there is a file beside it. */
  static void hold(Path ledger, String tag) throws Exception {
    note(ledger, tag);
    Await.until("it may go on", () -> Files.exists(ledger.resolveSibling("go")));
  }

  /** NAME DIRECTORY ADDRESS PORT SCHEMA TTL PRESUME_AFTER MACHINE BOOT; times in ms. */
  private void open(List<String> w) {
    HikariDataSource pool = pool(PostgresServer.dataSource(w.get(2), Integer.parseInt(w.get(3))));
    FleetSettings.Builder settings =
        FleetSettings.builder()
            .schema(w.get(4))
            .ttl(millis(w.get(5)))
            .presumeAfter(millis(w.get(6)))
            .timeout(Duration.ofSeconds(2))
            .singleNode()
            .machineId(w.get(7))
            .bootId(w.get(8))
            .onLeaseLost(why -> leaseLost = why);
    Fleet fleet = Fleet.open(pool, settings.build());
    fleets.put(w.get(0), fleet);
    managers.put(
        w.get(0),
        DeferredFunctionManager.open(
            Path.of(w.get(1)),
            Settings.builder()
                .fleet(fleet)
                .retry(RetryPolicy.builder().initialBackoff(Duration.ofMillis(50)).build())
                .reapInterval(Duration.ofMillis(200))
                .build()));
  }

  /**
   * A small pool of connections to a server or pooler at this port. System properties make it
   * larger, or keep connections that no call uses.
   */
  static HikariDataSource pool(int port) {
    return pool(PostgresServer.dataSource(port));
  }

  private static HikariDataSource pool(PGSimpleDataSource source) {
    source.setPrepareThreshold(0);
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(Integer.getInteger("lastly.pool.most", 3));
    pool.setMinimumIdle(Integer.getInteger("lastly.pool.idle", 0));
    pool.setConnectionTimeout(2_000);
    return pool;
  }

  private static Duration millis(String text) {
    return Duration.ofMillis(Long.parseLong(text));
  }

  private DeferredFunctionManager manager(String name) {
    return Objects.requireNonNull(managers.get(name));
  }

  private JobContext job(String name) {
    return Objects.requireNonNull(jobs.get(name));
  }
}
