package dev.lastly.bench.tool;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.model.Durability;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.quartz.Job;
import org.quartz.JobBuilder;
import org.quartz.JobExecutionContext;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;
import org.quartz.utils.ConnectionProvider;
import org.quartz.utils.DBConnectionManager;

/** Quartz with its JDBC store: a job that is triggered now, and again if its process dies. */
final class Quartz implements Backlog {
  private static final String SOURCE = "sqlite";
  private static final int THREADS = 8;

  private final HikariDataSource source;
  private final Scheduler scheduler;

  Quartz(Path directory, Durability durability)
      throws SchedulerException, SQLException, IOException {
    // Quartz reads before it writes: without IMMEDIATE, most transactions fail with BUSY_SNAPSHOT.
    String url =
        Sqlite.url(directory.resolve("quartz.db"), durability) + "&transaction_mode=IMMEDIATE";
    source = Sqlite.pool(url, THREADS);
    Sqlite.script(source, ddl());
    DBConnectionManager.getInstance().addConnectionProvider(SOURCE, new Pooled(source));
    scheduler = new StdSchedulerFactory(properties()).getScheduler();
  }

  /** Quartz has no tables for SQLite; those for MySQL fit, without the storage engine. */
  private static String ddl() throws IOException {
    String resource = "/org/quartz/impl/jdbcjobstore/tables_mysql_innodb.sql";
    try (InputStream in = Scheduler.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("Quartz's jar has no " + resource);
      }
      return new String(in.readAllBytes(), UTF_8)
          .replace("ENGINE=InnoDB", "")
          .replaceAll("(?m)^(#|DROP|INDEX|commit).*$", "")
          .replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ")
          .replace("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ");
    }
  }

  private static Properties properties() {
    Properties properties = new Properties();
    properties.put("org.quartz.scheduler.instanceName", "bench");
    properties.put("org.quartz.scheduler.instanceId", "AUTO");
    properties.put("org.quartz.scheduler.skipUpdateCheck", "true");
    properties.put("org.quartz.scheduler.batchTriggerAcquisitionMaxCount", "" + THREADS);
    properties.put("org.quartz.threadPool.threadCount", "" + THREADS);
    String store = "org.quartz.jobStore.";
    properties.put(store + "class", "org.quartz.impl.jdbcjobstore.JobStoreTX");
    properties.put(
        store + "driverDelegateClass", "org.quartz.impl.jdbcjobstore.PostgreSQLDelegate");
    properties.put(store + "dataSource", SOURCE);
    properties.put(store + "useProperties", "true");
    return properties;
  }

  @Override
  public void register() throws SchedulerException {
    scheduler.scheduleJob(
        JobBuilder.newJob(Nothing.class)
            .usingJobData("path", Call.ARGUMENT)
            .requestRecovery()
            .build(),
        TriggerBuilder.newTrigger().startNow().build());
  }

  @Override
  public void start() throws SchedulerException {
    scheduler.start();
  }

  @Override
  public void close() {
    source.close();
  }

  /** The job. Public, because Quartz creates it by reflection. */
  public static final class Nothing implements Job {
    @Override
    public void execute(JobExecutionContext context) {
      Call.nothing(context.getMergedJobDataMap().getString("path"));
    }
  }

  private record Pooled(HikariDataSource source) implements ConnectionProvider {
    @Override
    public Connection getConnection() throws SQLException {
      return source.getConnection();
    }

    @Override
    public void shutdown() {
      source.close();
    }

    @Override
    public void initialize() {}
  }
}
