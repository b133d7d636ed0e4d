package dev.lastly.bench.tool;

import com.gruelbox.transactionoutbox.Dialect;
import com.gruelbox.transactionoutbox.Persistor;
import com.gruelbox.transactionoutbox.Submitter;
import com.gruelbox.transactionoutbox.TransactionManager;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import com.zaxxer.hikari.HikariDataSource;
import dev.lastly.model.Durability;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * transaction-outbox on an H2 file: each call is scheduled in its own transaction.
 *
 * <p>{@code WRITE_DELAY=0}, because H2's default keeps commits in memory for half a second, and
 * forgets them when its process is killed.
 */
final class Outbox implements Backlog {
  private static final int THREADS = 8;
  private static final Duration RETRY = Duration.ofMinutes(2);

  private final HikariDataSource source;
  private final TransactionManager transactions;
  private final TransactionOutbox outbox;
  private volatile boolean started;

  Outbox(Path directory, Durability durability) {
    if (!Tool.OUTBOX.offers(durability)) {
      throw new IllegalArgumentException("H2 does not sync commits to the device");
    }
    source = Sqlite.pool("jdbc:h2:file:" + directory.resolve("outbox") + ";WRITE_DELAY=0", THREADS);
    transactions = TransactionManager.fromDataSource(source);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    Submitter submitter = Submitter.withExecutor(threads);
    outbox =
        TransactionOutbox.builder()
            .transactionManager(transactions)
            .persistor(Persistor.forDialect(Dialect.H2))
            .attemptFrequency(RETRY)
            // A flush takes only entries older than RETRY: the shifted clock makes all entries due.
            .clockProvider(
                () -> started ? Clock.offset(Clock.systemUTC(), RETRY) : Clock.systemUTC())
            .flushBatchSize(4096)
            // Before start(), only registers: it would run each call at once.
            .submitter(
                (entry, process) -> {
                  if (started) {
                    submitter.submit(entry, process);
                  }
                })
            .build();
    outbox.initialize();
  }

  @Override
  public void register() {
    transactions.inTransaction(() -> outbox.schedule(Nothing.class).run(Call.ARGUMENT));
  }

  @Override
  public void start() {
    started = true;
    Thread flusher =
        new Thread(
            () -> {
              while (outbox.flush()) {
                Thread.onSpinWait();
              }
            });
    flusher.setDaemon(true);
    flusher.start();
  }

  @Override
  public void close() {
    source.close();
  }

  /** The class of the call; transaction-outbox makes a proxy of it. */
  public static class Nothing {
    /** Does nothing. */
    public void run(String path) {
      Call.nothing(path);
    }
  }
}
