package dev.lastly.bench.fleet;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.lastly.bench.tool.Call;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import javax.sql.DataSource;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;

/** The tools that Lastly is compared to, on PostgreSQL, with their fastest settings. */
final class Peers {
  /** The tables from db-scheduler's documentation; the jar has no DDL. */
  private static final String DB_SCHEDULER =
      """
      CREATE TABLE IF NOT EXISTS scheduled_tasks (
        task_name text NOT NULL, task_instance text NOT NULL, task_data bytea,
        execution_time timestamp with time zone NOT NULL, picked boolean NOT NULL, picked_by text,
        last_success timestamp with time zone, last_failure timestamp with time zone, consecutive_failures int,
        last_heartbeat timestamp with time zone, version bigint NOT NULL, priority smallint,
        PRIMARY KEY (task_name, task_instance));
      CREATE INDEX IF NOT EXISTS execution_time_idx ON scheduled_tasks (execution_time);
      CREATE INDEX IF NOT EXISTS last_heartbeat_idx ON scheduled_tasks (last_heartbeat)
      """;

  private static final OneTimeTask<String> TASK =
      Tasks.oneTime("nothing", String.class)
          .execute((instance, context) -> Call.nothing(instance.getData()));

  private static final int THREADS = 8;

  private Peers() {}

  /** A tool that registers calls and makes them. */
  interface Peer {
    void register();

    /** Begins to make all calls. Returns what ends that. */
    AutoCloseable start();
  }

  static Peer dbScheduler(Server server, DataSource source) throws SQLException {
    server.run(DB_SCHEDULER);
    SchedulerClient client = SchedulerClient.Builder.create(source, TASK).build();
    return new Peer() {
      @Override
      public void register() {
        boolean unused =
            client.scheduleIfNotExists(
                TASK.instance(UUID.randomUUID().toString(), Call.ARGUMENT), Instant.now());
      }

      @Override
      public AutoCloseable start() {
        Scheduler scheduler =
            Scheduler.create(source, TASK)
                .threads(THREADS)
                .pollUsingLockAndFetch(1.0, 30.0)
                .pollingInterval(Duration.ofMillis(100))
                .build();
        scheduler.start();
        return scheduler::stop;
      }
    };
  }

  static Peer jobRunr(DataSource source) {
    JsonMapper json = new Jackson3JsonMapper();
    StorageProvider storage = new PostgresStorageProvider(source);
    storage.setJobMapper(new JobMapper(json));
    JobScheduler scheduler = new JobScheduler(storage);
    return new Peer() {
      @Override
      public void register() {
        Object unused = scheduler.enqueue(() -> Call.nothing(Call.ARGUMENT));
      }

      @Override
      public AutoCloseable start() {
        BackgroundJobServer jobs =
            new BackgroundJobServer(
                storage,
                json,
                null,
                BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                    .andWorkerCount(THREADS)
                    .andPollInterval(Duration.ofSeconds(5))); // the least that it accepts
        jobs.start();
        return jobs::stop;
      }
    };
  }
}
