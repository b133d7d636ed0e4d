package dev.lastly.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.JobContext;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.StoreException;
import dev.lastly.support.Database;
import dev.lastly.testkit.TestNode;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;

/**
 * The history of a node whose every row is known: two boots, deaths, retries, a quarantine, a
 * cancel, a discard, an end by force, a pruning. {@code docs/auditing.md} describes it; its answers
 * come from this database.
 *
 * <p>All of it goes through the real API but for three rows that no worker of this test could
 * write, and what an operator does at a sqlite3 prompt. It lies in the past of any clock, because
 * events have the time of the machine's.
 */
public final class KnownHistory {
  /** Where the rows that this class writes itself say that their code came from. */
  private static final String ORIGIN = "/opt/app-1.2.jar#0123456789abcdef";

  private final Path base;
  private final TestNode node;

  private KnownHistory(Path base, TestNode node) {
    this.base = base;
    this.node = node;
  }

  /** Makes the history, and returns the database, which no process has open. */
  public static Path create(Path base) throws SQLException {
    RetryPolicy retry =
        RetryPolicy.builder().maxAttempts(3).initialBackoff(Duration.ofSeconds(10)).build();
    try (TestNode node = TestNode.open(base, settings -> settings.retry(retry))) {
      Chores.use(node.clock());
      new KnownHistory(base, node).happen();
    }
    return Database.file(base);
  }

  private void happen() throws SQLException {
    longAgo();
    beta();
    gamma();
    epsilon();
    operators();
    container();
    badRows();
    afterTheReboot();
  }

  private void longAgo() {
    at("2025-03-01T06:00:00Z");
    TestNode.Worker alpha = node.worker("alpha");
    try (JobContext job = alpha.openJob("nightly")) {
      job.defer(Chores::removeScratch, "/scratch/1");
    }
    alpha.close();
  }

  /** One job as it should be, and one that is cut short. */
  private void beta() {
    at("2025-03-09T08:00:00Z");
    TestNode.Worker beta = node.worker("beta");
    try (JobContext job = beta.openJob("align sample-17")) {
      job.defer(Chores::removeScratch, "/scratch/17");
      job.defer(Chores::releaseLease, "genome");
      var upload = job.defer(Chores::upload, "sample-17");
      at("2025-03-09T08:04:00Z");
      assertThat(upload.cancel()).isTrue();
      at("2025-03-09T08:05:00Z");
    }
    at("2025-03-09T08:10:00Z");
    JobContext job = beta.openJob("align sample-18");
    job.defer(Chores::removeScratch, "/scratch/18");
    job.defer(Chores::releaseLease, "genome");
    beta.kill();
  }

  /** Cleans up after beta, has trouble with a server, and dies of a function. */
  private void gamma() {
    at("2025-03-09T08:12:00Z");
    TestNode.Worker gamma = node.worker("gamma");
    JobContext export = gamma.openJob("export");
    export.defer(Chores::upload, "report-1");
    export.defer(Chores::unpublish, "page-9");
    at("2025-03-09T08:20:00Z");
    Chores.serverIsDown(true);
    export.close();
    Chores.serverIsDown(false);
    at("2025-03-09T08:21:00Z");
    assertThat(gamma.reap()).isEqualTo(2);
    at("2025-03-09T08:22:00Z");
    assertThat(gamma.reap()).isEqualTo(1);
    at("2025-03-09T09:00:00Z");
    JobContext serve = gamma.openJob("serve");
    serve.defer(Chores::stopContainer, "web-3");
    at("2025-03-09T09:30:00Z");
    dieOver(gamma, serve);
  }

  private void epsilon() {
    at("2025-03-09T09:30:06Z");
    assertThat(node.worker("epsilon").reap()).isEqualTo(1);
  }

  private void operators() throws SQLException {
    at("2025-03-09T10:00:00Z");
    act("alice", "retry", 8, "page-9 can be written again");
    sql(
        """
        UPDATE deferred_function
        SET state = 'retry_wait', not_before = %d, max_attempts = 4, finished_at = NULL, finished_no = NULL
        WHERE id = 8
        """
            .formatted(now()));
    at("2025-03-09T10:01:00Z");
    assertThat(node.worker("epsilon").reap()).isEqualTo(1);
    at("2025-03-09T10:30:00Z");
    act("bob", "discard", 8, "page-9 was removed by hand");
    sql(
        """
        UPDATE deferred_function
        SET state = 'discarded', finished_at = %d, finished_no = (SELECT last + 1 FROM change) WHERE id = 8
        """
            .formatted(now()));
  }

  /** An owner of verdict UNKNOWN: another pid namespace and another lock file. */
  private void container() throws SQLException {
    at("2025-03-09T11:00:00Z");
    sql(
        """
        INSERT INTO owner (pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, label, opened_at)
        VALUES (7, 88, 'test-boot-1', 'pid:[container]', 0, 'test-node', 999, 'zeta', %d)
        """
            .formatted(now()),
        "INSERT INTO job (name, opened_by, opened_at) VALUES ('render', 5, %d)".formatted(now()),
        function(
            6, 5, 7, "dev.lastly.sql.Chores#removeScratch(Ljava/lang/String;)V", "/scratch/6"));
    at("2025-03-09T11:10:00Z");
    assertThat(node.worker("epsilon").reap()).isZero();
    at("2025-03-09T11:30:00Z");
    assertThat(reapByForce(5, "its container was deleted")).isEqualTo(1);
  }

  /** One row that cannot be decoded, one whose code no process has; then the power fails. */
  private void badRows() throws SQLException {
    at("2025-03-09T12:00:00Z");
    TestNode.Worker epsilon = node.worker("epsilon");
    try (JobContext job = epsilon.openJob("import")) {
      job.defer(Chores::releaseLease, "import");
      sql( // damaged: the checksum is of something else
          function(7, 4, 103, "dev.lastly.sql.Chores#releaseLease(Ljava/lang/String;)V", "a")
              .replace("max_attempts", "checksum, max_attempts")
              .replace("'[\"a\"]'", "'[\"a\"]', 1"));
    }
    at("2025-03-09T13:00:00Z");
    JobContext legacy = node.worker("theta").openJob("legacy");
    legacy.defer(Chores::removeScratch, "/scratch/legacy");
    sql(function(8, 6, 104, "com.acme.Legacy#clean(Ljava/lang/String;)V", "/scratch/old"));
    at("2025-03-09T13:05:00Z");
    epsilon.openJob("watch").defer(Chores::removeScratch, "/scratch/watch");
    node.reboot();
  }

  private void afterTheReboot() {
    at("2025-03-10T07:00:00Z");
    TestNode.Worker iota = node.worker("iota");
    JobContext align = iota.openJob("align sample-19");
    align.defer(Chores::removeScratch, "/scratch/19");
    align.defer(Chores::releaseLease, "genome");
    at("2025-03-10T08:00:00Z");
    assertThat(iota.manager().prune()).isEqualTo(1);
    at("2025-03-10T08:30:00Z");
    TestNode.Worker kappa = node.worker("kappa");
    JobContext publish = kappa.openJob("publish");
    publish.defer(Chores::stopContainer, "preview");
    publish.defer(Chores::upload, "report-2");
    Chores.serverIsDown(true);
    dieOver(kappa, publish);
  }

  private static void dieOver(TestNode.Worker worker, JobContext job) {
    Chores.nextToDie(worker);
    assertThatThrownBy(job::close).isInstanceOf(StoreException.class);
    assertThat(worker.isAlive()).isFalse();
  }

  /** As the user of whom the page speaks; the name comes from the system otherwise. */
  private int reapByForce(long owner, String reason) {
    String user = System.getProperty("user.name");
    System.setProperty("user.name", "alice");
    try {
      return node.worker("epsilon").manager().reapByForce(owner, reason);
    } finally {
      System.setProperty("user.name", user);
    }
  }

  private void act(String user, String action, long function, String reason) throws SQLException {
    sql(
        """
        INSERT INTO operator_action (acted_at, os_user, action, function_id, reason)
        VALUES (%d, '%s', '%s', %d, '%s')
        """
            .formatted(now(), user, action, function, reason));
  }

  private String function(long job, long owner, long pid, String function, String argument)
      throws SQLException {
    sql(
        "INSERT INTO code (name, function, origin) VALUES ('%s', '%s', '%s')"
            .formatted(name(function), function, ORIGIN));
    return """
    INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, code_id, arguments,
                                   max_attempts, registered_at)
    VALUES (%d, %d, %d, 'test-boot-1', (SELECT max(id) FROM code), '["%s"]', 3, %d)
    """
        .formatted(job, owner, pid, argument, now());
  }

  private static String name(String function) {
    return function.replaceAll(".*\\.|\\(.*", "").replace("#", "::");
  }

  private void at(String moment) {
    node.clock().set(Instant.parse(moment));
  }

  private long now() {
    return node.clock().millis();
  }

  private void sql(String... statements) throws SQLException {
    Database.edit(Database.file(base), statements);
  }
}
