package dev.lastly.fleet;

import dev.lastly.fleet.support.PostgresServer;
import dev.lastly.support.Ledger;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One fleet of a test: its schema, its worker processes, and a ledger outside of all stores of what
 * was run. A node is a state directory with a machine's id and a boot's.
 */
final class FleetUnderTest implements AutoCloseable {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** Short, so that tests see leases run out. */
  static final Duration TTL = Duration.ofMillis(1_500);

  private final PostgresServer server;
  private final Path base;
  private final String schema =
      "fleet_" + ProcessHandle.current().pid() + "_" + NUMBERS.incrementAndGet();
  private final List<WorkerProcess> workers = new ArrayList<>();
  private final Ledger ledger;
  private Duration presumeAfter = Duration.ofHours(1);
  private String address = "127.0.0.1";
  private int port;

  FleetUnderTest(PostgresServer server, Path base) {
    this.server = server;
    this.base = base;
    this.port = server.port();
    this.ledger = new Ledger(base.resolve("ledger"));
  }

  /** Presumes silent nodes dead after this time. */
  FleetUnderTest presuming(Duration after) {
    presumeAfter = after;
    return this;
  }

  /** Workers that are opened from now on connect through this port. */
  void through(int proxy) {
    port = proxy;
  }

  /** Workers that are opened from now on connect to the server at this address. */
  void at(String server) {
    address = server;
  }

  String schema() {
    return schema;
  }

  Ledger ledger() {
    return ledger;
  }

  /** A worker without a manager, perhaps under another program. */
  WorkerProcess start(String... under) throws Exception {
    WorkerProcess worker = WorkerProcess.launcher().main(FleetWorker.class).under(under).start();
    workers.add(worker);
    return worker;
  }

  /** A worker with a manager "m" and a job "j" on a node. */
  WorkerProcess worker(String machine, String boot, String... under) throws Exception {
    WorkerProcess worker = start(under);
    worker.call(open("m", machine, boot));
    worker.call("job m j");
    return worker;
  }

  String open(String manager, String machine, String boot) {
    return String.join(
        " ",
        "open",
        manager,
        base.resolve(machine).toString(),
        address,
        Integer.toString(port),
        schema,
        Long.toString(TTL.toMillis()),
        Long.toString(presumeAfter.toMillis()),
        machine,
        boot);
  }

  /** The command that defers a note in the ledger, on the node or in the fleet. */
  String defer(String store, String tag) {
    return defer("j", store, tag);
  }

  /** The same for another job. */
  String defer(String job, String store, String tag) {
    return "defer " + job + " " + store + " " + ledger.file() + " " + tag;
  }

  /** What a query says; {@code @.} stands for the schema. */
  String sql(String sql) throws SQLException {
    return server.sql(sql.replace("@.", schema + "."));
  }

  /** Notes in the ledger without their fencing tokens. */
  List<String> notes() throws Exception {
    return ledger.tags().stream().map(tag -> tag.substring(0, tag.indexOf('/'))).toList();
  }

  @Override
  public void close() {
    workers.forEach(WorkerProcess::close);
  }
}
