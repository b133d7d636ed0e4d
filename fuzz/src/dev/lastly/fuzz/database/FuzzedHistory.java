package dev.lastly.fuzz.database;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.engine.Engine;
import dev.lastly.internal.node.Node;
import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.sqlite.SqliteFile;
import dev.lastly.model.Action;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Makes the database that is then damaged, and dies in the middle: owner 1 dies while it runs a
 * function, with a long job and one of two functions behind it; owner 2 lives; owner 3 has closed.
 * Half of it is in the database file, half in the write-ahead log.
 */
public final class FuzzedHistory {
  static final long LIVING = 2;

  /** More than are read at once. */
  private static final int LONG_JOB = 130;

  private static final long BEGINNING = 1_700_000_000_000L;

  /** A day later, so that every retry is due; what fails again is not due soon. */
  private static final AtomicLong CLOCK = new AtomicLong(BEGINNING + 86_400_000);

  private static boolean beingMade;

  private final Path base;

  private FuzzedHistory(Path base) {
    this.base = base;
  }

  static boolean isBeingMade() {
    return beingMade;
  }

  /** Makes it below the directory that is given, and halts. */
  public static void main(String[] args) throws Exception {
    beingMade = true;
    CLOCK.set(BEGINNING);
    new FuzzedHistory(Path.of(args[0])).make();
  }

  /** Background threads would make it another history each time. */
  static Engine open(Path base, Kernel kernel) {
    Settings settings =
        Settings.builder()
            .reapInterval(Duration.ZERO)
            .storeTimeout(Duration.ofSeconds(10)) // of a machine that is busy
            .onShutdown(OnShutdown.NOTHING)
            .retry(RetryPolicy.builder().maxAttempts(2).build())
            .build();
    Node.Seams seams =
        new Node.Seams(
            lockFile -> Owners.with(kernel, kernel),
            () -> Instant.ofEpochMilli(CLOCK.incrementAndGet()),
            source -> source);
    return Node.open(base, "deferred", settings, seams);
  }

  @SuppressWarnings("MustBeClosedChecker") // it is meant to die with them open
  private void make() throws Exception {
    Map<Long, Long> locks = new HashMap<>();
    Engine dead = open(base, new Kernel(101, locks));
    Engine living = open(base, new Kernel(102, locks));
    Engine closed = open(base, new Kernel(103, locks));
    Engine.JobSession lived = living.openJob("of the living");
    lived.defer(call(Recorded::done, "living", 1));
    Engine.JobSession ended = closed.openJob("of the closed");
    ended.defer(call(Recorded::done, "ended", 1));
    ended.defer(call(Recorded::failed, "ended", 2));
    ended.cancel(ended.defer(call(Recorded::done, "cancelled", 1)));
    ended.close();
    closed.close(); // leaves a retry
    Engine.JobSession many = dead.openJob("long");
    for (int i = 0; i < LONG_JOB; i++) {
      many.defer(call(Recorded::done, "many", i));
    }
    checkpoint();
    Engine.JobSession two = dead.openJob("two");
    two.defer(call(Recorded::done, "one of two", 1));
    two.cancel(two.defer(call(Recorded::failed, "cancelled", 2)));
    two.defer(call(Recorded::failed, "two of two", 2));
    lived.defer(call(Recorded::done, "living", 2));
    Engine.JobSession last = dead.openJob("deadly");
    last.defer(call(Recorded::done, "after the deadly", 1));
    last.defer(call(Recorded::killed, "deadly", 1));
    last.close(); // newest first: there it ends
    throw new AssertionError("it should be dead");
  }

  private static EncodedCall call(Action.Of2<String, Integer> function, String what, int number) {
    return Codec.encode(function, List.of(what, number));
  }

  private void checkpoint() throws Exception {
    Path database = base.resolve("deferred").resolve("deferred.db");
    try (Connection connection = DriverManager.getConnection(SqliteFile.url(database));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }
}
