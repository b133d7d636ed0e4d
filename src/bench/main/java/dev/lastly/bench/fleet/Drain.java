package dev.lastly.bench.fleet;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.bench.report.Figures;
import dev.lastly.bench.report.Metric;
import dev.lastly.bench.tool.Call;
import dev.lastly.fleet.Fleet;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The rate at which calls that do nothing are made by one worker and by four: orphans of a dead
 * owner, in jobs of 100; what is queued, for the others. {@code synchronous_commit = off} for all
 * but Lastly's claims, which are {@code local}. Lastly's workers are nodes of their own.
 */
final class Drain {
  private static final int PER_JOB = 100;
  private static final int PAGE = 64;
  private static final long PATIENCE_NANOS = 300_000_000_000L;
  private static final UUID DEAD = new UUID(7, 7);

  private final Server server;
  private final Path directory;
  private final int rows;
  private final Figures figures;

  Drain(Server server, Path directory, int rows, Figures figures) {
    this.server = server;
    this.directory = directory;
    this.rows = rows;
    this.figures = figures;
  }

  static Metric metric(String tool, int workers) {
    return new Metric(
        "Making calls that do nothing",
        tool + ", " + workers + (workers == 1 ? " worker" : " workers"),
        "calls/s");
  }

  void measure(int round) throws Exception {
    for (int workers : new int[] {1, 4}) {
      String name = String.format(Locale.ROOT, "drain_%d_%d", round, workers);
      fill(name);
      server.run(
          "CREATE SCHEMA raw_" + name,
          "CREATE TABLE raw_"
              + name
              + ".deferred_function (LIKE "
              + name
              + ".deferred_function INCLUDING ALL)",
          "INSERT INTO raw_"
              + name
              + ".deferred_function SELECT * FROM "
              + name
              + ".deferred_function WHERE state = 'deferred'",
          "ANALYZE");
      figures.add(metric("raw statements in pages", workers), raw("raw_" + name, workers));
      figures.add(metric("Lastly", workers), lastly(name, workers));
    }
  }

  /** Orphans of an owner of another machine that has ended: copies of a function that has run. */
  private void fill(String schema) throws Exception {
    try (Server own = new Server(server.port());
        DeferredFunctionManager manager =
            DeferredFunctionManager.open(
                directory.resolve(schema),
                Settings.builder().fleet(own.fleet(schema, "filling", 2)).build());
        JobContext job = manager.openJob()) {
      Object unused = job.fleet().defer(Call::nothing, Call.ARGUMENT);
    }
    int jobs = jobs();
    for (String sql :
        List.of(
            String.format(
                Locale.ROOT,
                """
                INSERT INTO @.owner (id, node_id, local_id, pid, label, ended_at, end_reason, evidence, ended_xact, left_orphans)
                SELECT '%s', node_id, 1000, pid, 'dead', now(), 'died', 'for a measurement', pg_current_xact_id(), false
                FROM @.owner LIMIT 1
                """,
                DEAD),
            String.format(
                Locale.ROOT,
                """
                INSERT INTO @.job (id, name, opened_by, opened_at)
                SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'job ' || n, '%s', now()
                FROM generate_series(1, %d) n
                """,
                DEAD,
                jobs),
            String.format(
                Locale.ROOT,
                """
                INSERT INTO @.deferred_function (id, job_id, owner_id, name, function, class_digest, origin, arguments,
                  checksum, max_attempts, options, runs_first)
                SELECT ('00000000-0001-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
                       ('00000000-0000-7000-8000-' || lpad(to_hex(1 + (n - 1) / %d), 12, '0'))::uuid, '%s', f.name, f.function,
                       f.class_digest, f.origin, f.arguments, f.checksum, f.max_attempts, f.options, f.runs_first
                FROM generate_series(1, %d) n, (SELECT * FROM @.deferred_function LIMIT 1) f
                """,
                PER_JOB,
                DEAD,
                jobs * PER_JOB))) {
      server.run(sql.replace("@.", schema + "."));
    }
  }

  private double lastly(String schema, int workers) throws Exception {
    server.run("UPDATE " + schema + ".owner SET left_orphans = true WHERE id = '" + DEAD + "'");
    List<DeferredFunctionManager> managers = new ArrayList<>();
    try (Server own = new Server(server.port())) { // whose connections end with this
      List<Fleet> fleets = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        fleets.add(own.fleet(schema, "worker " + i, 8));
      }
      long before = Call.made();
      try {
        managers.addAll(opened(schema, fleets));
        // Not by a query: it would take its share of the server. The last outcomes follow.
        await(() -> Call.made() - before >= (long) jobs() * PER_JOB);
        await(
            () ->
                server.number(
                        "SELECT count(*) FROM "
                            + schema
                            + ".deferred_function WHERE finished_at IS NULL")
                    == 0);
      } finally {
        for (DeferredFunctionManager manager : managers) {
          manager.close();
        }
      }
    }
    // From the first begin to the last end, by the database's clock.
    return server.number(
        String.format(
            Locale.ROOT,
            """
            SELECT count(*) / extract(epoch FROM max(finished_at) - min(started_at)) FROM %s.deferred_function
            WHERE job_id < '00000000-0001-0000-0000-000000000000'
            """,
            schema));
  }

  /** All at once, so that none has the orphans for itself at first. */
  private List<DeferredFunctionManager> opened(String schema, List<Fleet> fleets) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(fleets.size());
    try {
      List<Future<DeferredFunctionManager>> opening = new ArrayList<>();
      for (int i = 0; i < fleets.size(); i++) {
        Path state = directory.resolve(schema + "_" + i);
        Settings settings = Settings.builder().fleet(fleets.get(i)).build();
        opening.add(threads.submit(() -> DeferredFunctionManager.open(state, settings)));
      }
      List<DeferredFunctionManager> managers = new ArrayList<>();
      for (Future<DeferredFunctionManager> one : opening) {
        managers.add(one.get());
      }
      return managers;
    } finally {
      threads.shutdown();
    }
  }

  private int jobs() {
    return Math.max(1, rows / PER_JOB);
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(Condition condition) throws Exception {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("it does not end");
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** Claim and begin of a page, with the end of the page before: one transaction for each page. */
  private double raw(String schema, int workers) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(workers);
    try {
      long start = System.nanoTime();
      List<Future<Integer>> all = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        UUID me = new UUID(8, i);
        all.add(threads.submit(() -> raw(schema, me)));
      }
      int made = 0;
      for (Future<Integer> one : all) {
        made += one.get();
      }
      return made / ((System.nanoTime() - start) / 1e9);
    } finally {
      threads.shutdown();
    }
  }

  private int raw(String schema, UUID me) throws SQLException {
    String claim =
        String.format(
            Locale.ROOT,
            """
            UPDATE %1$s.deferred_function SET owner_id = ?, claim_no = claim_no + 1, claim = 1, state = 'running',
              attempts = attempts + 1, started_at = now()
            WHERE id IN (SELECT id FROM %1$s.deferred_function WHERE owner_id = ? AND finished_at IS NULL
                         ORDER BY job_id DESC, id DESC LIMIT %2$d FOR UPDATE SKIP LOCKED)
            RETURNING id
            """,
            schema,
            PAGE);
    String end =
        String.format(
            Locale.ROOT,
            """
            UPDATE %s.deferred_function SET state = 'done', finished_at = now(), finished_xact = pg_current_xact_id()
            WHERE id = ANY (?) AND owner_id = ? AND claim_no = 1 AND attempts = 1 AND state = 'running'
            """,
            schema);
    try (Connection connection = server.source().getConnection();
        Statement setting = connection.createStatement();
        PreparedStatement claims = connection.prepareStatement(claim);
        PreparedStatement ends = connection.prepareStatement(end)) {
      boolean unused = setting.execute("SET synchronous_commit = off");
      connection.setAutoCommit(false);
      int made = 0;
      List<Object> page = new ArrayList<>();
      while (true) {
        if (!page.isEmpty()) {
          Array ids = connection.createArrayOf("uuid", page.toArray());
          ends.setArray(1, ids);
          ends.setObject(2, me);
          made += ends.executeUpdate();
          page.clear();
        }
        claims.setObject(1, me);
        claims.setObject(2, DEAD);
        try (ResultSet rows = claims.executeQuery()) {
          while (rows.next()) {
            page.add(rows.getObject(1));
          }
        }
        connection.commit();
        if (page.isEmpty()) {
          return made;
        }
      }
    }
  }

  /** The same for another tool, whose calls are registered first. */
  void measure(String name, Peers.Peer peer, int calls) throws Exception {
    for (int workers : new int[] {1, 4}) {
      for (int i = 0; i < calls; i++) {
        peer.register();
      }
      long before = Call.made();
      long start = System.nanoTime();
      List<AutoCloseable> running = new ArrayList<>();
      try {
        for (int i = 0; i < workers; i++) {
          running.add(peer.start());
        }
        await(() -> Call.made() - before >= calls);
        figures.add(metric(name, workers), calls / ((System.nanoTime() - start) / 1e9));
      } finally {
        for (AutoCloseable one : running) {
          one.close();
        }
      }
    }
  }
}
