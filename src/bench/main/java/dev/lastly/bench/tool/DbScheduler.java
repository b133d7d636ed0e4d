package dev.lastly.bench.tool;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.jdbc.SqliteJdbcCustomization;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/** db-scheduler: a one-time task that is due now. */
final class DbScheduler implements Backlog {
  // The tables from its documentation, in SQLite's types; the jar has no DDL.
  private static final String DDL =
      """
      CREATE TABLE IF NOT EXISTS scheduled_tasks (
        task_name            TEXT NOT NULL,
        task_instance        TEXT NOT NULL,
        task_data            BLOB,
        execution_time       TIMESTAMP NOT NULL,
        picked               BOOLEAN NOT NULL,
        picked_by            TEXT,
        last_success         TIMESTAMP,
        last_failure         TIMESTAMP,
        consecutive_failures INTEGER,
        last_heartbeat       TIMESTAMP,
        version              INTEGER NOT NULL,
        priority             INTEGER,
        PRIMARY KEY (task_name, task_instance)
      );
      CREATE INDEX IF NOT EXISTS execution_time_idx ON scheduled_tasks (execution_time);
      CREATE INDEX IF NOT EXISTS last_heartbeat_idx ON scheduled_tasks (last_heartbeat);
      """;

  private static final OneTimeTask<String> TASK =
      Tasks.oneTime("nothing", String.class)
          .execute((instance, context) -> Call.nothing(instance.getData()));

  private static final int THREADS = 8;

  private final HikariDataSource source;
  private final SchedulerClient client;

  DbScheduler(Path directory, Durability durability) throws SQLException {
    source = Sqlite.pool(Sqlite.url(directory.resolve("db-scheduler.db"), durability), THREADS);
    Sqlite.script(source, DDL);
    client =
        SchedulerClient.Builder.create(source, TASK)
            .jdbcCustomization(new SqliteJdbcCustomization())
            .build();
  }

  @Override
  public void register() {
    client.scheduleIfNotExists(
        TASK.instance(UUID.randomUUID().toString(), Call.ARGUMENT), Instant.now());
  }

  @Override
  public void start() {
    Scheduler scheduler =
        Scheduler.create(source, TASK)
            .jdbcCustomization(new SqliteJdbcCustomization())
            .threads(THREADS)
            .pollUsingFetch(1.0, 30.0)
            .pollingInterval(Duration.ofMillis(100))
            .build();
    scheduler.start();
  }

  @Override
  public void close() {
    source.close();
  }
}
