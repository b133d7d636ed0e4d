package dev.lastly.bench.tool;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.time.Duration;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.scheduling.JobScheduler;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.storage.StorageProvider;
import org.jobrunr.storage.sql.sqlite.SqLiteStorageProvider;
import org.jobrunr.utils.mapper.JsonMapper;
import org.jobrunr.utils.mapper.jackson3.Jackson3JsonMapper;

/** JobRunr: an enqueued call of a static method. */
final class JobRunr implements Backlog {
  private static final int WORKERS = 8;

  private final HikariDataSource source;
  private final JsonMapper json = new Jackson3JsonMapper();
  private final StorageProvider storage;
  private final JobScheduler scheduler;

  JobRunr(Path directory, Durability durability) {
    // JobRunr reads before it writes: without IMMEDIATE, most transactions fail with BUSY_SNAPSHOT.
    String url =
        Sqlite.url(directory.resolve("jobrunr.db"), durability) + "&transaction_mode=IMMEDIATE";
    source = Sqlite.pool(url, WORKERS);
    storage = new SqLiteStorageProvider(source);
    storage.setJobMapper(new JobMapper(json));
    scheduler = new JobScheduler(storage);
  }

  @Override
  public void register() {
    scheduler.enqueue(() -> Call.nothing(Call.ARGUMENT));
  }

  @Override
  public void start() {
    new BackgroundJobServer(
            storage,
            json,
            null,
            BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                .andWorkerCount(WORKERS)
                .andPollInterval(Duration.ofSeconds(5))) // the least that it accepts
        .start();
  }

  @Override
  public void close() {
    source.close();
  }
}
