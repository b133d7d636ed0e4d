package dev.lastly.crash;

import static dev.lastly.crash.EventLog.Kind.CANCELLED;
import static dev.lastly.crash.EventLog.Kind.CANCELLING;
import static dev.lastly.crash.EventLog.Kind.DEFERRED;
import static dev.lastly.crash.EventLog.Kind.DEFERRING;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.directory.StateDirectory;
import dev.lastly.internal.owner.Owners;
import dev.lastly.model.EncodedCall;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.OwnerIdentity;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.sqlite.SQLiteDataSource;

/** What a worker of the first version leaves behind when it dies: schema 1, with rows. */
final class OldVersion {
  private static final String OWNER =
      """
      INSERT INTO owner (pid, start_ticks, boot_id, pid_namespace, uid, host, lock_inode, opened_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """;
  private static final String FUNCTION =
      """
      INSERT INTO deferred_function (job_id, owner_id, owner_pid, owner_boot_id, name, function,
                                     module, arguments, max_attempts, registered_at)
      VALUES (1, 1, ?, ?, ?, ?, ?, ?, 5, ?)
      """;

  private final EventLog log;
  private final Connection connection;
  private final OwnerIdentity self;
  private final long now;

  private OldVersion(EventLog log, Connection connection, OwnerIdentity self, long now) {
    this.log = log;
    this.connection = connection;
    this.self = self;
    this.now = now;
  }

  /**
   * Leaves three functions of an open job, of which one is cancelled; this process is the owner.
   */
  static void leave(Path base, EventLog log, long now) throws SQLException {
    StateDirectory directory =
        StateDirectory.prepare(base, "deferred", FunctionPolicy.privateDirectory());
    Owners owners = Owners.open(directory.lockFile());
    SQLiteDataSource source = new SQLiteDataSource();
    source.setUrl("jdbc:sqlite:" + directory.database());
    source.setJournalMode("WAL");
    Flyway.configure()
        .dataSource(source)
        .locations("classpath:dev/lastly/migrations")
        .target("1")
        .load()
        .migrate();
    try (Connection connection = source.getConnection()) {
      OldVersion old = new OldVersion(log, connection, owners.self(), now);
      old.owner(owners.locks().inode());
      old.execute("INSERT INTO job (name, opened_by, opened_at) VALUES ('old', 1, ?)", now);
      for (int number = 1; number <= 3; number++) {
        old.defer("old/" + number + "-returns", number);
      }
      old.cancel("old/2-returns", 2);
    }
  }

  private void owner(long lockInode) throws SQLException {
    execute(
        OWNER,
        self.pid(),
        self.startTicks(),
        self.bootId(),
        self.pidNamespace(),
        self.uid(),
        self.host(),
        lockInode,
        now);
  }

  private void defer(String key, long id) throws SQLException {
    EncodedCall call = Codec.encode(Deeds.of(key), List.of(log.file(), key));
    log.append(DEFERRING, key);
    execute(
        FUNCTION,
        self.pid(),
        self.bootId(),
        call.name(),
        call.function().toString(),
        call.module(),
        call.arguments(),
        now);
    log.append(DEFERRED, key, Long.toString(id));
  }

  private void cancel(String key, long id) throws SQLException {
    log.append(CANCELLING, key);
    execute(
        "UPDATE deferred_function SET state = 'cancelled', finished_at = ? WHERE id = ?", now, id);
    log.append(CANCELLED, key, "true");
  }

  private void execute(String sql, Object... parameters) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setObject(i + 1, parameters[i]);
      }
      statement.executeUpdate();
    }
  }
}
